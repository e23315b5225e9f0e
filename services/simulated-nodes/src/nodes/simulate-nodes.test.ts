import { coordinationV1Resources, coreV1Resources } from '@kubernode/api';
import { silentLogger } from '@kubernode/component-base';
import { createFakeClient, createFakeClock } from '@kubernode/testing';
import { nodeAddress, nodeName } from './node-object.ts';
import { simulateNodes } from './simulate-nodes.ts';

test('simulateNodes registers its nodes, says that they are ready and renews their leases until stopped', async () => {
  const clock = createFakeClock(Date.UTC(2026, 10, 21));
  const client = createFakeClient();
  const stop = new AbortController();
  let registered = false;
  const running = simulateNodes({ client, names: ['sim-0', 'sim-1'], size: { cpu: '4', memory: '8Gi', pods: '110' }, clock, logger: silentLogger }, { signal: stop.signal, onRegistered: () => { registered = true; } });
  await clock.advance(0);
  expect(registered).toBe(true);
  const node = client.stored(coreV1Resources.nodes, 'sim-1');
  expect(node?.status?.allocatable?.['pods']).toBe('110');
  expect(node?.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
  const renewedAt = (): string | undefined => client.stored(coordinationV1Resources.leases, 'kube-node-lease/sim-1')?.spec?.renewTime;
  expect(renewedAt()).toBe('2026-11-21T00:00:00.000000Z');
  await clock.advance(20_000);
  expect(renewedAt()).toBe('2026-11-21T00:00:20.000000Z');
  stop.abort();
  await expect(running).rejects.toMatchObject({ name: 'AbortError' });
});

test('simulateNodes goes on with the others when one node cannot report, and registers it later', async () => {
  const clock = createFakeClock();
  const client = createFakeClient();
  client.onWrite = ({ key }) => { if (key.includes('sim-0')) throw new Error('cut off'); };
  const stop = new AbortController();
  const running = simulateNodes({ client, names: ['sim-0', 'sim-1'], size: { cpu: '4', memory: '8Gi', pods: '110' }, clock, logger: silentLogger }, { signal: stop.signal, onRegistered: () => undefined });
  await clock.advance(0);
  expect(client.all(coreV1Resources.nodes).map(({ metadata }) => metadata.name)).toEqual(['sim-1']);
  client.onWrite = () => undefined;
  await clock.advance(1_000);
  expect(client.all(coreV1Resources.nodes)).toHaveLength(2);
  stop.abort();
  await expect(running).rejects.toMatchObject({ name: 'AbortError' });
});

test('nodes have names and addresses of their own', () => {
  expect([nodeName('sim-', 0), nodeAddress(0), nodeAddress(257), nodeAddress(65_536)]).toEqual(['sim-0', '172.16.0.0', '172.16.1.1', '172.17.0.0']);
});
