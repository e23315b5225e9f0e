import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { seededRng, systemClock, WakeUp } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { layoutOf } from '../cluster/layout.ts';
import { readPidFile } from '../host/pid-file.ts';
import type { ProcessSpec, ProcessStatus } from './process-spec.ts';
import { supervise } from './supervise.ts';

let folder = '';
const supervisors: { stop: () => Promise<void> }[] = [];
beforeEach(() => { folder = mkdtempSync(path.join(tmpdir(), 'kn-supervise-')); });
afterEach(async () => {
  for (const one of supervisors.splice(0)) await one.stop(); // also when a test failed half-way
  rmSync(folder, { recursive: true });
});

/** A program that notes its start and its clean end, and is ready once it serves its socket. */
function program(name: string, stage: number, body = ''): ProcessSpec {
  const socket = path.join(folder, `${name}.sock`);
  const note = (what: string): string => `fs.appendFileSync(${JSON.stringify(path.join(folder, 'trace'))}, ${JSON.stringify(`${name} ${what}\n`)});`;
  const script = `const fs = require('node:fs'); ${note('starts')} fs.rmSync(${JSON.stringify(socket)}, { force: true }); require('node:net').createServer().listen(${JSON.stringify(socket)});
    process.on('SIGTERM', () => { ${note('stops')} process.exit(0); }); ${body}`;
  return { name, stage, command: process.execPath, args: ['-e', script], stopMs: 2000, ready: { kind: 'socket', path: socket } };
}

const trace = (): string[] => { try { return readFileSync(path.join(folder, 'trace'), 'utf8').trim().split('\n'); } catch { return []; } }; // not yet written
const status = (): ProcessStatus[] => { try { return JSON.parse(readFileSync(layoutOf(folder).supervisorStatus, 'utf8')) as ProcessStatus[]; } catch { return []; } }; // as above

async function until(condition: () => boolean): Promise<void> {
  for (let waitedMs = 0; waitedMs < 15_000; waitedMs += 20) {
    if (condition()) return;
    await systemClock.sleep(20);
  }
  throw new Error(`not in time: ${JSON.stringify([trace(), status()])}`);
}

function start(specs: readonly ProcessSpec[], stages: number[] = []): { stop: () => Promise<void>; change: (specs: readonly ProcessSpec[]) => void } {
  const stop = new AbortController();
  const changed = new WakeUp();
  let now = specs;
  const running = supervise({ specsNow: () => now, untilChanged: (signal) => changed.heard(signal), layout: layoutOf(folder), clock: systemClock, rng: seededRng(1), logger: silentLogger, signal: stop.signal, beforeStage: (stage) => { stages.push(stage); return Promise.resolve(); } });
  const supervisor = { stop: async (): Promise<void> => { stop.abort(); await running; }, change: (other: readonly ProcessSpec[]): void => { now = other; changed.ring(); } };
  supervisors.push(supervisor);
  return supervisor;
}

test('supervise starts a stage once the one before is ready, stops in the opposite order and leaves no process', async () => {
  const stages: number[] = [];
  const supervisor = start([program('late', 1), program('early', 0)], stages);
  await until(() => status().length === 2 && status().every(({ ready }) => ready));
  const pids = status().map(({ pid }) => pid);
  await supervisor.stop();
  expect([stages, trace()]).toEqual([[0, 1], ['early starts', 'late starts', 'late stops', 'early stops']]);
  expect(['early', 'late'].map((name) => readPidFile(layoutOf(folder).pidFile(name)))).toEqual([undefined, undefined]);
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(status().map(({ pid, ready, lastExit }) => ({ pid, ready, lastExit }))).toEqual([{ pid: 0, ready: false, lastExit: 'exit 0' }, { pid: 0, ready: false, lastExit: 'exit 0' }]);
}, 20_000);

test('supervise starts a process again that ends, and kills one that will not stop', async () => {
  const stubborn = { ...program('stubborn', 0, "process.removeAllListeners('SIGTERM'); process.on('SIGTERM', () => undefined);"), stopMs: 100 };
  const supervisor = start([program('brief', 0, 'setTimeout(() => process.exit(7), 30);'), stubborn]);
  await until(() => (status().find(({ name }) => name === 'brief')?.restarts ?? 0) >= 2);
  expect(status().find(({ name }) => name === 'brief')?.lastExit).toBe('exit 7');
  await until(() => trace().includes('stubborn starts'));
  await supervisor.stop();
  expect(status().find(({ name }) => name === 'stubborn')?.lastExit).toBe('SIGKILL');
}, 20_000);

test('supervise can be stopped while a process does not become ready', async () => {
  writeFileSync(path.join(folder, 'never.sock'), '');
  const never: ProcessSpec = { name: 'never', stage: 0, command: 'sleep', args: ['60'], stopMs: 1000, ready: { kind: 'tcp', port: 1 } };
  const supervisor = start([never, program('later', 1)]);
  await until(() => status().some(({ pid }) => pid > 0));
  await supervisor.stop();
  expect(trace()).toEqual([]);
  expect(status()[0]?.lastExit).toBe('SIGTERM');
}, 20_000);

test('supervise adopts a process that an earlier supervisor left, by its pid file', async () => {
  const { spawn } = await import('node:child_process');
  const { writePidFile } = await import('../host/pid-file.ts');
  const server = createServer().listen(path.join(folder, 'old.sock'));
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  writePidFile(layoutOf(folder).pidFile('old'), child.pid ?? 0);
  const supervisor = start([{ ...program('old', 0), ready: { kind: 'socket', path: path.join(folder, 'old.sock') } }]);
  await until(() => status()[0]?.ready === true);
  expect(status()[0]?.pid).toBe(child.pid);
  await supervisor.stop();
  server.close();
  expect([child.signalCode, trace()]).toEqual(['SIGTERM', []]);
}, 20_000);

test('supervise begins, changes and ends optional processes while the others run on', async () => {
  const [steady, optional] = [program('steady', 0), { ...program('optional', 1), isOptional: true }];
  const supervisor = start([steady]);
  await until(() => status()[0]?.ready === true);
  const { pid } = status()[0] ?? {};
  supervisor.change([{ ...steady, args: ['another'] }, optional]);
  await until(() => status().length === 2 && status().every(({ ready }) => ready));
  supervisor.change([steady, { ...optional, args: [...optional.args, 'changed'] }]);
  await until(() => trace().length === 4 && status().every(({ ready }) => ready));
  supervisor.change([steady]);
  await until(() => status().length === 1);
  expect([trace(), status()[0]?.pid]).toEqual([['steady starts', 'optional starts', 'optional stops', 'optional starts', 'optional stops'], pid]);
  await supervisor.stop();
  expect(trace().at(-1)).toBe('steady stops');
}, 20_000);
