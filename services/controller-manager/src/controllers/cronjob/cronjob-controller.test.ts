import { batchV1Resources, type batchV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { startControllers, type ControllerWorld } from '@kubernode/testing';
import { Registry } from 'prom-client';
import { cronJobController } from './cronjob-controller.ts';
import { cronJobMetrics } from './metrics.ts';
import { reconcile } from './reconcile-cronjob.ts';

const CREATED = '2026-01-01T10:00:30Z';
const ms = (time: string): number => Date.parse(`2026-01-01T${time}Z`);

function cron(spec: Partial<batchV1.CronJobSpec> = {}, status?: batchV1.CronJobStatus): batchV1.CronJob {
  return {
    apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'c', namespace: 'ns', uid: 'c', creationTimestamp: CREATED },
    spec: { schedule: '*/10 * * * *', concurrencyPolicy: 'Allow', successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1, jobTemplate: { metadata: { name: '', labels: { l: '1' }, annotations: { a: 'b' } }, spec: { template: {} } }, ...spec },
    ...(status && { status }),
  };
}

interface JobFacts { end?: 'Complete' | 'Failed'; start?: string; done?: string; ownerUid?: string }

function job(name: string, { end, start, done, ownerUid = 'c' }: JobFacts = {}): batchV1.Job {
  return {
    apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace: 'ns', uid: name, resourceVersion: '7', ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'c', uid: ownerUid, controller: true }] },
    status: { ...(start !== undefined && { startTime: start }), ...(done !== undefined && { completionTime: done }), ...(end !== undefined && { conditions: [{ type: end, status: 'True' }] }) },
  };
}

const active = (name: string): { apiVersion: string; kind: string; name: string; namespace: string; uid: string; resourceVersion: string } => ({ apiVersion: 'batch/v1', kind: 'Job', name, namespace: 'ns', uid: name, resourceVersion: '7' });

interface Seen { events: string[]; created: string[]; deleted: string[]; status: batchV1.CronJobStatus | undefined; againAfterMs: number | undefined }

function run(one: batchV1.CronJob, owned: batchV1.Job[], nowMs: number, { missing = [], others = [] }: { missing?: string[]; others?: batchV1.Job[] } = {}): Seen {
  const { actions, againAfterMs } = reconcile({ cron: one, owned, missing: new Set(missing), metrics: { onCreated: () => undefined }, named: (name) => [...owned, ...others].find(({ metadata }) => metadata.name === name) }, nowMs);
  const seen: Seen = { events: [], created: [], deleted: [], status: undefined, againAfterMs };
  const perform = (action: Action): void => {
    switch (action.do) {
      case 'event': seen.events.push(`${action.type} ${action.reason}: ${action.message}`); break;
      case 'delete': seen.deleted.push(action.target.name); action.then?.({ metadata: { name: '' } }).forEach(perform); break;
      case 'update': seen.status = action.object.status as batchV1.CronJobStatus; break; // a CronJob's
      case 'create': {
        const made = action.object as batchV1.Job; // a Job
        seen.created.push(made.metadata.name);
        action.then?.({ ...made, metadata: { ...made.metadata, uid: made.metadata.name, resourceVersion: '7' } }).forEach(perform);
        break;
      }
      case 'remember': action.note(); break;
      default: throw new Error(`unexpected ${action.do}`);
    }
  };
  actions.forEach(perform);
  return seen;
}

const TEN_PAST = 'c-29454370'; // 10:10
const at = (time: string): string => `2026-01-01T${time}Z`;

test('a job is started at its time, and noted', () => {
  expect(run(cron(), [], ms('10:10:00'))).toEqual({
    created: [TEN_PAST], deleted: [], events: [`Normal SuccessfulCreate: Created job ${TEN_PAST}`], status: { active: [active(TEN_PAST)], lastScheduleTime: at('10:10:00') }, againAfterMs: 600_100,
  });
});

test('the job carries labels, annotations and the time in its zone', () => {
  const { actions } = reconcile({ cron: cron({ timeZone: 'Asia/Kolkata', schedule: '40 15 * * *' }), owned: [], missing: new Set(), metrics: { onCreated: () => undefined }, named: () => undefined }, ms('10:10:00'));
  expect(actions.find((action) => action.do === 'create')).toMatchObject({
    object: { metadata: { name: TEN_PAST, labels: { l: '1' }, annotations: { a: 'b', 'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T15:40:00+05:30' }, ownerReferences: [{ kind: 'CronJob', uid: 'c', controller: true, blockOwnerDeletion: true }] } },
  });
});

test.each<[string, batchV1.CronJob, string, Partial<Seen>]>([
  ['before its first time', cron(), '10:05:00', { created: [], events: [], againAfterMs: 300_100 }],
  ['when that time was done', cron({}, { lastScheduleTime: at('10:10:00') }), '10:11:00', { created: [], events: [], againAfterMs: 540_100 }],
  ['when it is suspended', cron({ suspend: true }), '10:10:00', { created: [], events: [], againAfterMs: undefined }],
  ['when it is being deleted', { ...cron(), metadata: { ...cron().metadata, deletionTimestamp: at('10:09:00') } }, '10:10:00', { created: [], events: [], againAfterMs: undefined }],
  ['too late', cron({ startingDeadlineSeconds: 30 }), '10:11:00', { created: [], events: [], againAfterMs: 540_100 }],
  ['with an unknown zone', cron({ timeZone: 'No/Where' }), '10:10:00', { events: ['Warning UnknownTimeZone: invalid timeZone: "No/Where": unknown time zone No/Where'], againAfterMs: undefined }],
  ['with a schedule that is none', cron({ schedule: '61 * * * *' }), '10:10:00', { events: ['Warning UnparseableSchedule: unparseable schedule: "61 * * * *" : end of range (61) above maximum (59): 61'], againAfterMs: undefined }],
  ['with a time that never comes', cron({ schedule: '59 23 31 2 *' }), '10:10:00', { events: ['Warning InvalidSchedule: invalid schedule: 59 23 31 2 * : time difference between two schedules is less than 1 second'], againAfterMs: undefined }],
])('no job is started %s', (_name, one, time, want) => { expect(run(one, [], ms(time))).toMatchObject({ created: [], ...want }); });

test('a zone within the schedule is heeded, and told of', () => {
  expect(run(cron({ schedule: 'TZ=UTC */10 * * * *' }), [], ms('10:10:00'))).toMatchObject({ created: [TEN_PAST], events: [expect.stringMatching(/^Warning UnsupportedSchedule: CRON_TZ or TZ used in schedule "TZ=UTC \*\/10 \* \* \* \*" is not officially supported, see https/), expect.anything()] });
});

test('of many missed times the last is made up for; more than a hundred are told', () => {
  expect(run(cron(), [], ms('12:05:00'))).toMatchObject({ created: ['c-29454480'], events: ['Normal SuccessfulCreate: Created job c-29454480'] });
  const long = run(cron({ schedule: '* * * * *' }), [], ms('12:05:00'));
  expect(long).toMatchObject({ created: ['c-29454485'], events: ['Warning TooManyMissedTimes: too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew', 'Normal SuccessfulCreate: Created job c-29454485'] });
  expect(run(cron({ schedule: '* * * * *', startingDeadlineSeconds: 200 }), [], ms('12:05:00')).events).toEqual(['Normal SuccessfulCreate: Created job c-29454485']);
});

test.each<[string, string, Partial<Seen>]>([
  ['Allow', 'both run', { created: [TEN_PAST], deleted: [], status: { active: [active('c-1'), active(TEN_PAST)], lastScheduleTime: at('10:10:00') } }],
  ['Forbid', 'the new one waits', { created: [], deleted: [], events: ['Normal JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid'], status: undefined }],
  ['Replace', 'the old one goes', { created: [TEN_PAST], deleted: ['c-1'], events: ['Normal SuccessfulDelete: Deleted job c-1', `Normal SuccessfulCreate: Created job ${TEN_PAST}`], status: { active: [active(TEN_PAST)], lastScheduleTime: at('10:10:00') } }],
])('with policy %s %s', (concurrencyPolicy, _name, want) => {
  expect(run(cron({ concurrencyPolicy }, { active: [active('c-1')], lastScheduleTime: at('10:00:00') }), [job('c-1')], ms('10:10:00'))).toMatchObject(want);
});

test('jobs that ended are noted, jobs of others told of, jobs that are gone forgotten', () => {
  const before: batchV1.CronJobStatus = { active: [active('done'), active('gone'), active('late')], lastScheduleTime: at('10:10:00'), lastSuccessfulTime: at('09:00:00') };
  expect(run(cron({}, before), [job('done', { end: 'Complete', done: at('10:11:00') }), job('manual')], ms('10:12:00'), { missing: ['gone'] })).toMatchObject({
    events: ['Normal SawCompletedJob: Saw completed job: done, condition: Complete', 'Warning UnexpectedJob: Saw a job that the controller did not create or forgot: manual', 'Normal MissingJob: Active job went missing: gone'],
    status: { active: [active('late')], lastScheduleTime: at('10:10:00'), lastSuccessfulTime: at('10:11:00') },
  });
});

test('of ended jobs as many stay as are asked for, the youngest', () => {
  const owned = [job('a', { end: 'Complete', start: at('09:00:00') }), job('b', { end: 'Complete', start: at('08:00:00') }), job('c', { end: 'Complete' }), job('d', { end: 'Failed', start: at('07:00:00') }), job('e', { end: 'Failed', start: at('07:00:00') })];
  expect(run(cron({ suspend: true, successfulJobsHistoryLimit: 1 }), owned, ms('10:05:00'))).toMatchObject({ deleted: ['b', 'a', 'd'], events: ['Normal SuccessfulDelete: Deleted job b', 'Normal SuccessfulDelete: Deleted job a', 'Normal SuccessfulDelete: Deleted job d'] });
});

test('nothing is said of an ended job that goes at once', () => {
  expect(run(cron({ suspend: true, successfulJobsHistoryLimit: 0 }, { active: [active('a')] }), [job('a', { end: 'Complete', done: at('10:04:00') })], ms('10:05:00'))).toMatchObject({ deleted: ['a'], events: ['Normal SuccessfulDelete: Deleted job a'], status: { lastSuccessfulTime: at('10:04:00') } });
});

test('a job of that time which is there already is taken note of; another\'s is not', () => {
  expect(run(cron(), [job(TEN_PAST)], ms('10:10:00'))).toMatchObject({ created: [], status: { active: [active(TEN_PAST)], lastScheduleTime: at('10:10:00') } });
  expect(run(cron(), [], ms('10:10:00'), { others: [job(TEN_PAST, { ownerUid: 'other' })] })).toMatchObject({ created: [], status: undefined });
});

function start(objects: readonly object[], registry: Registry = new Registry()): ControllerWorld {
  return startControllers((clock) => [cronJobController(clock, cronJobMetrics(registry))], { objects, startMs: ms('10:00:30') });
}

const jobNames = ({ client }: ControllerWorld): string[] => client.all(batchV1Resources.jobs).map(({ metadata }) => metadata.name).sort();
const finish = (world: ControllerWorld, name: string): void => {
  const one = world.client.stored<batchV1.Job>(batchV1Resources.jobs, `ns/${name}`);
  world.client.put({ ...one, status: { startTime: new Date(world.clock.now()).toISOString(), completionTime: new Date(world.clock.now()).toISOString(), conditions: [{ type: 'Complete', status: 'True' }] } });
};

test('hour by hour one job a time, and no more history than is asked for', async () => {
  const registry = new Registry();
  const world = start([cron({ successfulJobsHistoryLimit: 2 })], registry);
  for (let i = 0; i < 6; i++) {
    await world.clock.advance(600_000);
    for (const name of jobNames(world)) if ((world.client.stored<batchV1.Job>(batchV1Resources.jobs, `ns/${name}`)?.status?.conditions ?? []).length === 0) finish(world, name);
    await world.clock.advance(100);
  }
  expect({ names: jobNames(world), created: world.events.filter((event) => event.startsWith('SuccessfulCreate')).length, unexpected: world.events.some((event) => event.startsWith('UnexpectedJob')) }).toEqual({ names: ['c-29454410', 'c-29454420'], created: 6, unexpected: false });
  expect(world.client.stored<batchV1.CronJob>(batchV1Resources.cronjobs, 'ns/c')?.status?.active).toBeUndefined();
  expect(await registry.metrics()).toContain('cronjob_controller_job_creation_skew_duration_seconds_count 6');
  await world.stop();
});

test('a new schedule does not make up for times before it', async () => {
  const world = start([cron({ schedule: '0 0 1 1 *' })]);
  await world.clock.advance(1_800_000); // 10:30:30
  const known = world.client.stored<batchV1.CronJob>(batchV1Resources.cronjobs, 'ns/c');
  world.client.put({ ...known, spec: { ...known?.spec, schedule: '*/10 * * * *' } });
  await world.clock.advance(60_000);
  expect(jobNames(world)).toEqual([]);
  await world.clock.advance(540_000); // 10:40:30
  expect(jobNames(world)).toEqual(['c-29454400']);
  await world.stop();
});

test('whoever dies after making a job finds it again', async () => {
  const world = start([cron()]);
  let crashed = false;
  world.client.onWrite = ({ verb, resource }) => { if (verb === 'update' && resource === 'cronjobs' && !crashed) { crashed = true; throw new Error('gone'); } };
  await world.clock.advance(600_000);
  await world.clock.advance(60_000);
  expect({ names: jobNames(world), active: world.client.stored<batchV1.CronJob>(batchV1Resources.cronjobs, 'ns/c')?.status?.active?.map(({ name }) => name) }).toEqual({ names: [TEN_PAST], active: [TEN_PAST] });
  await world.stop();
});

test.each([1, 2, 3, 4, 5, 6])('with watches that stall and break (%d), each time still starts one job', async (seed) => {
  const world = startControllers((clock) => [cronJobController(clock, { onCreated: () => undefined })], { seed, faults: true, objects: [cron({ schedule: '* * * * *', successfulJobsHistoryLimit: 0 })], startMs: ms('10:00:30') });
  const created: string[] = [];
  world.client.onWrite = ({ verb, resource, body }) => { if (verb === 'create' && resource === 'jobs') created.push((body as batchV1.Job).metadata.name); }; // a Job
  for (let i = 0; i < 120; i++) {
    await world.clock.advance(10_000);
    for (const name of jobNames(world)) if ((world.client.stored<batchV1.Job>(batchV1Resources.jobs, `ns/${name}`)?.status?.conditions ?? []).length === 0) finish(world, name);
  }
  await world.clock.advance(5000);
  expect({ created: new Set(created).size, twice: created.length - new Set(created).size, left: jobNames(world) }).toEqual({ created: 20, twice: 0, left: [] });
  await world.stop();
});
