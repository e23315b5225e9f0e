import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { forbidden } from '@kubernode/apimachinery';
import { seededRng } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { createFakeClient, createFakeClock, type FakeClient, type FakeClock } from '@kubernode/testing';
import { TransportError } from '../transport/transport-error.ts';
import { createEventRecorder, type EventRecorder } from './event-recorder.ts';

const { events } = coreV1Resources;
const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: 'u', resourceVersion: '5' } };

function start(client: FakeClient = createFakeClient()): { client: FakeClient; clock: FakeClock; recorder: EventRecorder; told(): coreV1.Event[]; stop(): Promise<void> } {
  const clock = createFakeClock(1_000_000);
  const recorder = createEventRecorder({ client, clock, logger: silentLogger, component: 'test-controller', host: 'h', rng: seededRng(1) });
  const stop = new AbortController();
  const ended = recorder.run(stop.signal);
  return { client, clock, recorder, told: () => [...client.all(events)], stop: async () => { stop.abort(); await clock.advance(1); await ended; } };
}

test('an event is written as Kubernetes does', async () => {
  const { clock, recorder, told, stop } = start();
  recorder.event(pod, 'Warning', 'Failed', 'it failed', { note: 'x' });
  await clock.advance(10);
  expect(told()).toMatchObject([{
    metadata: { namespace: 'ns', annotations: { note: 'x' }, name: expect.stringMatching(/^p\./) }, involvedObject: { kind: 'Pod', apiVersion: 'v1', name: 'p', namespace: 'ns', uid: 'u', resourceVersion: '5' },
    type: 'Warning', reason: 'Failed', message: 'it failed', count: 1, firstTimestamp: '1970-01-01T00:16:40Z', lastTimestamp: '1970-01-01T00:16:40Z',
    source: { component: 'test-controller', host: 'h' }, reportingComponent: 'test-controller', reportingInstance: 'h',
  }]);
  await stop();
});

test('what is in no namespace is told in default; what is repeated is counted, also after the event expired', async () => {
  const { client, clock, recorder, told, stop } = start();
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } };
  for (let i = 0; i < 3; i++) { recorder.event(node, 'Normal', 'Ready', 'm'); await clock.advance(10); }
  expect(told()).toMatchObject([{ metadata: { namespace: 'default' }, count: 3 }]);
  await client.delete(events, { namespace: 'default', name: told()[0]?.metadata.name ?? '' });
  recorder.event(node, 'Normal', 'Ready', 'm');
  await clock.advance(10);
  expect(told()).toMatchObject([{ count: 4 }]);
  await stop();
});

test('a server that cannot be reached is waited for; what it refuses is dropped', async () => {
  const { client, clock, recorder, told, stop } = start();
  let tries = 0;
  client.onWrite = () => { if (tries++ < 3) throw new TransportError('no connection', { maybeSent: false }); };
  recorder.event(pod, 'Normal', 'First', 'm');
  await clock.advance(35_000);
  expect([tries, told().map(({ reason }) => reason)]).toEqual([4, ['First']]);
  client.onWrite = () => { if (tries++ === 4) throw forbidden(events, 'e', 'no'); };
  recorder.event(pod, 'Normal', 'Refused', 'm');
  recorder.event(pod, 'Normal', 'Last', 'm');
  await clock.advance(10);
  expect(told().map(({ reason }) => reason)).toEqual(['First', 'Last']);
  await stop();
});
