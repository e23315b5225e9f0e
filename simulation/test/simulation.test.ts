import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { appsV1Resources, type appsV1 } from '@kubernode/api';
import type { RawRequest } from '@kubernode/client';
import { simulate, World } from '@kubernode/simulation';

const certDir = mkdtempSync(path.join(tmpdir(), 'simulation-'));
afterAll(() => { rmSync(certDir, { recursive: true }); });

/** Worlds that once went wrong. */
const kept = JSON.parse(readFileSync(path.join(import.meta.dirname, 'kept-seeds.json'), 'utf8')) as { seed: number; hours: number; why: string }[]; // our own file

const SHORT_MS = 240_000;
const LONG_MS = 3_000_000;
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

test('the same seed is the same world, down to the last write', async () => {
  const [once, again] = await Promise.all([1, 2].map(async () => /^seed 7: .*, (\d+) faults, revision \d+, digest [0-9a-f]{16}/.exec(await runWorld({ seed: 7, hours: 0.1, calmMinutes: 0 }))));
  expect(again?.[0]).toBe(once?.[0]);
  expect(Number(once?.[1])).toBeGreaterThan(3);
}, SHORT_MS);

test.each(kept)('seed $seed: $why', async ({ seed, hours }) => {
  expect((await simulate({ seed, hours, certDir })).violations).toEqual([]);
}, SHORT_MS);

/** The same in every run, so that a change of the code alone decides; `make simulate` looks at others. */
const FIRST_WORLD = 1000;
const WORLDS = Number(process.env['SIMULATED_WORLDS'] ?? 10);
const HOURS = 10;
const CALM_MINUTES = 160;

test('ten hours each of several worlds', async () => {
  const seeds = Array.from({ length: WORLDS }, (_, i) => FIRST_WORLD + i);
  const lane = async (): Promise<void> => { for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) await runWorld({ seed, hours: HOURS, calmMinutes: CALM_MINUTES }); };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
}, LONG_MS);

/** In a process of its own; what it says of the world. Rejects with what went wrong. */
async function runWorld({ seed, hours, calmMinutes }: { seed: number; hours: number; calmMinutes: number }): Promise<string> {
  const root = path.join(import.meta.dirname, '../..');
  const args = ['--conditions=source', path.join(root, 'simulation/src/main.ts'), String(seed), String(hours), '1', String(calmMinutes)];
  const { stdout } = await promisify(execFile)(path.join(root, 'node_modules/.bin/tsx'), args, { maxBuffer: OUTPUT_BYTES_MAX }).catch((error: unknown) => {
    throw new Error(`make simulate SEED=${seed} HOURS=${hours} CALM=${calmMinutes}\n${(error as { stdout?: string }).stdout ?? String(error)}`); // what execFile rejects with
  });
  return stdout;
}

describe('a leader that was frozen for a minute', () => {
  /** Writes that servers took of the frozen leader after it woke, until it had noticed. */
  async function writesOfTheWoken(tamper: (request: RawRequest) => RawRequest): Promise<string[]> {
    const taken: { process: string; path: string; atMs: number }[] = [];
    const world: World = new World({ seed: 5, certDir, paceMs: 1e12, tamper, onViolation: () => undefined, onWritten: (process, { method, path: target }) => { taken.push({ process, path: `${method} ${target}`, atMs: world.time.nowMs }); } });
    const run = (ms: number): Promise<void> => world.time.runUntil(world.time.nowMs + ms, () => false);
    await world.start();
    await run(120_000);
    const { client: user } = world.visitor('tester');
    const done = async (write: Promise<unknown>): Promise<void> => { const settled = write.then(() => undefined); await run(20_000); await settled; };
    const target = { namespace: 'plain', name: 'web' };
    await done(user.create(appsV1Resources.deployments, { metadata: target, spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'app:1' }] } } } } as unknown as appsV1.Deployment));
    const leader = world.components.find(({ name }) => name === taken.findLast(({ path: written }) => written.includes('/replicasets'))?.process) ?? fail();
    world.ambush(leader, { writes: 2, fate: 'freeze', paths: /\/pods$/ }); // while it makes pods
    await done(user.patch(appsV1Resources.deployments, target, { type: 'merge', body: { spec: { replicas: 9 } } }));
    expect(leader.process?.state).toBe('frozen');
    await run(60_000);
    const wokenMs = world.time.nowMs;
    leader.process?.thaw();
    await run(3_000);
    return taken.filter(({ process, path: written, atMs }) => process === leader.name && atMs >= wokenMs && !/\/(leases|events)/.test(written)).map(({ path: written }) => written);
  }

  it('gets nothing written once another one leads', async () => {
    expect(await writesOfTheWoken((request) => request)).toEqual([]);
  }, SHORT_MS);

  it('would, were its writes not fenced', async () => {
    expect(await writesOfTheWoken(({ fence: _fence, ...request }) => request)).not.toEqual([]);
  }, SHORT_MS);
});

function fail(): never { throw new Error('the world is not as this test takes it to be'); }
