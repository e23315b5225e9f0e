import type { coreV1 } from '@kubernode/api';
import { createFakeClock } from '@kubernode/testing';
import type { HttpTarget } from '../probes/http-target.ts';
import { aPod } from '../runtime/test-states.ts';
import { type HookDeps, runHook } from './run-hook.ts';

const container = { name: 'c', image: 'i', ports: [{ name: 'web', containerPort: 8080 }] };
const pod = aPod({ containers: [container] });
const plainAnswer = new Error('Get "https://10.0.0.5:443/": http: server gave HTTP response to HTTPS client');

interface Answers { exec?: { exitCode: number; stdout?: string; stderr?: string } | Error; http?: (target: HttpTarget) => Promise<unknown> }

/** What became of a handler: its failure, the requests it made and the events it told. */
async function outcome(handler: coreV1.LifecycleHandler, { exec = { exitCode: 0 }, http = () => Promise.resolve({ status: 200 }) }: Answers = {}, podIp = '10.0.0.5'): Promise<{ error?: string; asked: string[]; told: string[] }> {
  const asked: string[] = [];
  const told: string[] = [];
  const clock = createFakeClock();
  const deps = {
    clock,
    runtime: {
      exec: () => (exec instanceof Error ? Promise.reject(exec) : Promise.resolve({ exitCode: exec.exitCode, stdout: Buffer.from(exec.stdout ?? ''), stderr: Buffer.from(exec.stderr ?? '') })),
    },
    http(target: HttpTarget) { asked.push(`${target.scheme}://${target.host}:${target.port}${target.path}${'authorization' in target.headers ? ' with secret' : ''}`); return http(target); },
    events: { warning(_pod: unknown, reason: string, message: string) { told.push(`${reason} ${message}`); } },
  } as unknown as HookDeps; // answers are longer
  const done = runHook(deps, handler, { pod, container, containerId: 'id-c', podIp, timeoutMs: 5000 }).then(() => undefined, (error: Error) => error.message);
  await clock.advance(60_000);
  const error = await done;
  return { asked, told, ...(error !== undefined && { error }) };
}

const of = 'for Container "c" in Pod "p_ns(u)" failed - error';
const failures: [string, coreV1.LifecycleHandler, Answers, string | undefined][] = [
  ['a command', { exec: { command: ['true'] } }, {}, undefined],
  ['a command that fails', { exec: { command: ['sh', '-c', 'x'] } }, { exec: { exitCode: 3, stdout: 'a\n', stderr: 'b' } }, `Exec lifecycle hook ([sh -c x]) ${of}: command 'sh -c x' exited with 3: b, message: "a\\nb"`],
  ['a command that cannot run', { exec: { command: ['x'] } }, { exec: new Error('no such file') }, `Exec lifecycle hook ([x]) ${of}: no such file, message: ""`],
  ['any answer to a request', { httpGet: { port: 'web' } }, { http: () => Promise.resolve({ status: 500 }) }, undefined],
  ['no answer', { httpGet: { port: 80, path: '/x' } }, { http: () => Promise.reject(new Error('connection refused')) }, `HTTP lifecycle hook (/x) ${of}: connection refused`],
  ['a sleep', { sleep: { seconds: 2 } }, {}, undefined],
  ['no sleep', { sleep: { seconds: 0 } }, {}, undefined],
  ['tcpSocket, which is in the API only', { tcpSocket: { port: 80 } }, {}, 'Cannot run handler: invalid handler'],
];
test.each(failures)('runHook: %s', async (_what, handler, answers, want) => {
  expect((await outcome(handler, answers)).error).toBe(want);
});

test('runHook: a request goes to the pod, by a port\'s name too', async () => {
  expect((await outcome({ httpGet: { port: 'web', path: '/bye' } })).asked).toEqual(['http://10.0.0.5:8080/bye']);
  expect((await outcome({ httpGet: { port: 80, host: '192.0.2.9' } }, {}, '')).asked).toEqual(['http://192.0.2.9:80/']);
  expect((await outcome({ httpGet: { port: 80 } }, {}, '')).error).toContain('failed to find networking container');
});

test('runHook: a plain answer to HTTPS is asked for once more without, and without the secret', async () => {
  const { asked, told, error } = await outcome(
    { httpGet: { port: 443, scheme: 'HTTPS', path: '/', httpHeaders: [{ name: 'Authorization', value: 'x' }] } },
    { http: ({ scheme }) => (scheme === 'https' ? Promise.reject(plainAnswer) : Promise.resolve({ status: 200 })) },
  );
  expect(error).toBeUndefined();
  expect(asked).toEqual(['https://10.0.0.5:443/ with secret', 'http://10.0.0.5:443/']);
  expect(told).toEqual(['LifecycleHTTPFallback request to HTTPS lifecycle hook 10.0.0.5:443 got HTTP response, retry with HTTP succeeded']);
});
