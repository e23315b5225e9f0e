import { silentLogger } from '@kubernode/component-base';
import { createFakeClock } from '@kubernode/testing';
import { Registry } from 'prom-client';
import type { BackupFailure } from './backup-failure.ts';
import { createBackupMetrics, runSchedule } from './run-schedule.ts';

const MINUTE_MS = 60_000, HOUR_MS = 60 * MINUTE_MS;

/** A schedule of every hour on a clock of its own; each backup does what the next of `outcomes` says, and succeeds when there is none. */
function schedule({ newest, outcomes = [], keeps = () => undefined }: { newest?: number; outcomes?: (string | undefined)[]; keeps?: () => void }) {
  const clock = createFakeClock(100 * HOUR_MS);
  const registry = new Registry();
  const stop = new AbortController();
  const made: number[] = [];
  const told: (BackupFailure | undefined)[] = [];
  let last = newest;
  const done = runSchedule({
    everyMs: HOUR_MS, clock, logger: silentLogger, metrics: createBackupMetrics(registry), newest: () => last,
    onOutcome: (failure) => { told.push(failure); keeps(); },
    backUp() {
      made.push((clock.now() - 100 * HOUR_MS) / MINUTE_MS);
      const fault = outcomes.shift();
      if (fault !== undefined) return Promise.reject(new Error(fault));
      last = clock.now();
      return Promise.resolve({ bytes: 7 });
    },
  }, stop.signal);
  const metric = async (text: string): Promise<number> => Number(new RegExp(`^${text} (.*)$`, 'm').exec(await registry.metrics())?.[1]);
  return { clock, made, told, metric, end: async () => { stop.abort(); await done; } };
}

test.each([
  ['at once where there is none', undefined, [0, 60, 120]],
  ['at once where the newest is too old', 98 * HOUR_MS, [0, 60, 120]],
  ['when the newest is as old as the distance', 99.5 * HOUR_MS, [30, 90]],
])('a backup is made %s, and then at even distances', async (_, newest, minutes) => {
  const { clock, made, end } = schedule({ ...(newest !== undefined && { newest }) });
  await clock.advance(2 * HOUR_MS + MINUTE_MS);
  await end();
  expect(made).toEqual(minutes);
});

test('a failure is told, counted, and tried again later each time; the next success ends it', async () => {
  const { clock, made, told, metric, end } = schedule({ outcomes: ['no space left on device', 'no space left on device', 'etcd is away'] });
  await clock.advance(5 * MINUTE_MS);
  expect(made).toEqual([0, 1, 3]);
  expect(told.map((failure) => failure?.message)).toEqual(['no space left on device', 'no space left on device', 'etcd is away']);
  expect([await metric('kubernode_backup_total\\{result="failure"\\}'), await metric('kubernode_backup_last_success_timestamp_seconds')]).toEqual([3, 0]);
  await clock.advance(3 * MINUTE_MS);
  await end();
  expect([made.at(-1), told.at(-1)]).toEqual([7, undefined]);
  expect([await metric('kubernode_backup_total\\{result="success"\\}'), await metric('kubernode_backup_last_success_timestamp_seconds')]).toEqual([1, 360_420]);
});

test('goes on when not even the failure can be written down', async () => {
  const { clock, made, end } = schedule({ outcomes: ['no space left on device'], keeps: () => { throw new Error('no space left on device'); } });
  await clock.advance(2 * MINUTE_MS);
  await end();
  expect(made).toEqual([0, 1]);
});
