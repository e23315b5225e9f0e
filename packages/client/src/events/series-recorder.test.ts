import { eventsV1Resources, type eventsV1 } from '@kubernode/api';
import { alreadyExists } from '@kubernode/apimachinery';
import { seededRng } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { createFakeClient, createFakeClock, type FakeClient, type FakeClock } from '@kubernode/testing';
import { TransportError } from '../transport/transport-error.ts';
import { createSeriesRecorder, type SeriesRecorder, type SeriesStatement } from './series-recorder.ts';

const { events } = eventsV1Resources;
const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: 'u', resourceVersion: '5' } };
const failed: SeriesStatement = { type: 'Warning', reason: 'FailedScheduling', action: 'Scheduling', note: 'no node' };

function start(client: FakeClient = createFakeClient()): { client: FakeClient; clock: FakeClock; recorder: SeriesRecorder; told(): eventsV1.Event[]; stop(): Promise<void> } {
  const clock = createFakeClock(1_000_000);
  const recorder = createSeriesRecorder({ client, clock, logger: silentLogger, component: 'default-scheduler', host: 'h', rng: seededRng(1) });
  const stop = new AbortController();
  const ended = recorder.run(stop.signal);
  return { client, clock, recorder, told: () => [...client.all(events)], stop: async () => { stop.abort(); await clock.advance(1); await ended; } };
}

test('an event is written as Kubernetes\' scheduler does: with an action, without a count', async () => {
  const { clock, recorder, told, stop } = start();
  recorder.event(pod, { ...failed, related: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'q', namespace: 'ns' } } });
  await clock.advance(10);
  expect(told()).toMatchObject([{
    metadata: { namespace: 'ns', name: expect.stringMatching(/^p\./) }, regarding: { kind: 'Pod', apiVersion: 'v1', name: 'p', namespace: 'ns', uid: 'u', resourceVersion: '5' }, related: { kind: 'Pod', name: 'q' },
    type: 'Warning', reason: 'FailedScheduling', action: 'Scheduling', note: 'no node', eventTime: '1970-01-01T00:16:40.000000Z', reportingController: 'default-scheduler', reportingInstance: 'default-scheduler-h',
  }]);
  expect(told()[0]).not.toHaveProperty('deprecatedCount');
  await stop();
});

test('repeated ones become a series on the server, whose end is written when none comes any more', async () => {
  const { clock, recorder, told, stop } = start();
  for (let i = 0; i < 4; i++) { recorder.event(pod, failed); await clock.advance(1000); }
  expect(told()).toMatchObject([{ series: { count: 2, lastObservedTime: '1970-01-01T00:16:41.000000Z' } }]);
  await clock.advance(420_000);
  expect(told()).toMatchObject([{ series: { count: 4, lastObservedTime: '1970-01-01T00:16:43.000000Z' } }]);
  await stop();
});

test('a series that expired on the server is written anew', async () => {
  const { client, clock, recorder, told, stop } = start();
  recorder.event(pod, failed);
  await clock.advance(10);
  await client.delete(events, { namespace: 'ns', name: told()[0]?.metadata.name ?? '' });
  recorder.event(pod, failed);
  await clock.advance(10);
  expect(told()).toMatchObject([{ series: { count: 2 }, note: 'no node' }]);
  await stop();
});

test('a server that cannot be reached is waited for; what it refuses is dropped', async () => {
  const { client, clock, recorder, told, stop } = start();
  let tries = 0;
  client.onWrite = () => { if (tries++ === 0) throw new TransportError('no connection', { maybeSent: false }); };
  recorder.event(pod, failed);
  await clock.advance(15_000);
  expect([tries, told().length]).toEqual([2, 1]);
  client.onWrite = () => { if (tries++ === 2) throw alreadyExists(events, 'e'); };
  recorder.event(pod, { ...failed, reason: 'Refused' });
  recorder.event(pod, { ...failed, reason: 'Last' });
  await clock.advance(10);
  expect(told().map(({ reason }) => reason)).toEqual(['FailedScheduling', 'Last']);
  await stop();
});
