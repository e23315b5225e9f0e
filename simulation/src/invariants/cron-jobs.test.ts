import type { Stored } from '../history/history.ts';
import { cronJobTimes } from './cron-jobs.ts';
import { judged, LONG, object, type Write } from './judged.fixture.ts';

const cron = (concurrencyPolicy = 'Forbid', active: string[] = []): Write => ['cronjobs', object('tick', { spec: { concurrencyPolicy, successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 1 }, status: { active: active.map((name) => ({ name })) } })];
const job = (name: string, { end, uid = name, going = false }: { end?: 'Complete' | 'Failed'; uid?: string; going?: boolean } = {}): Write => {
  const one: Stored = object(uid, { metadata: { name, namespace: 'n', uid, ...(going && { deletionTimestamp: 'now' }) }, status: { conditions: end === undefined ? [] : [{ type: end, status: 'True' }] } }, ['CronJob', 'tick']);
  return ['jobs', one];
};
const gone = ([resource, one]: Write): Write => [resource, one, 'gone'];
const judge = (...writes: Write[]): unknown[] => judged(cronJobTimes(), writes).filter((wrong) => wrong !== undefined);

test('each time begins one Job, ever', () => {
  const done = job('tick-1', { end: 'Complete' });
  expect(judge(cron(), job('tick-1'), done, job('tick-2'), job('tick-2', { end: 'Failed' }))).toEqual([]);
  expect(judge(cron(), job('tick-1'), done, gone(done), job('tick-1', { uid: 'again', end: 'Complete' }))).toEqual(['tick-1 is begun again']);
});

test.each<[string, string[], Write[]]>([
  ['while one goes on that was begun long ago', ['tick-2 is begun, and tick-1 still goes on'], [cron(), job('tick-1'), ...LONG, job('tick-2', { end: 'Complete' })]],
  ['while one goes on that was begun a moment ago', [], [cron(), job('tick-1'), job('tick-2', { end: 'Complete' })]],
  ['when the one before ended a moment ago', [], [cron(), job('tick-1'), ...LONG, job('tick-1', { end: 'Complete' }), job('tick-2')]],
  ['when the one before is going', [], [cron('Replace'), job('tick-1'), ...LONG, job('tick-1', { going: true }), job('tick-2')]],
  ['when several may go on', [], [cron('Allow'), job('tick-1'), ...LONG, job('tick-2')]],
  ['when several might go on a moment ago', [], [cron('Allow'), job('tick-1'), ...LONG, cron('Forbid'), job('tick-2')]],
])('a Job is begun %s', (_title, wrong, writes) => { expect(judge(...writes).filter((one) => String(one).includes('begun'))).toEqual(wrong); });

test('at rest as many are kept as asked for, and those told of that go on', () => {
  const ended = ['tick-1', 'tick-2'].map((name) => job(name, { end: 'Failed' }));
  expect(judge(cron('Allow', ['tick-3']), ...ended, job('tick-3'))).toEqual(['n/tick keeps 2 Jobs that are Failed, where 1 are to be kept']);
  expect(judge(cron('Allow', ['tick-1']), ...ended.slice(0, 1), job('tick-3'))).toEqual(['n/tick says that tick-1 goes on, where tick-3 does']);
});
