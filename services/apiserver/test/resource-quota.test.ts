import { startEtcd } from '@kubernode/testing';
import { startReplicas, type ReplicaUnderTest } from './api-servers.ts';

const WRITERS = 50;
const WRITES = 120;
const HARD = 40;

test('however many write through whichever replica, a quota is used up exactly', async () => {
  await using etcd = await startEtcd();
  await using servers = await startReplicas(2, [etcd.endpoint]);
  const [first, second] = servers.replicas as [ReplicaUnderTest, ReplicaUnderTest]; // as many as were asked for
  const namespace = '/api/v1/namespaces/full';
  await first.request('POST', '/api/v1/namespaces', { body: { metadata: { name: 'full' } } });
  await first.request('POST', `${namespace}/resourcequotas`, { body: { metadata: { name: 'q' }, spec: { hard: { configmaps: String(HARD) } } } });
  await first.request('PATCH', `${namespace}/resourcequotas/q/status`, { body: { status: { hard: { configmaps: String(HARD) }, used: { configmaps: '0' } } }, headers: { 'content-type': 'application/merge-patch+json' } }); // what the controller does

  const statuses = new Map<number, number>();
  let next = 0;
  await Promise.all(Array.from({ length: WRITERS }, async (_, writer) => {
    for (let index = next++; index < WRITES; index = next++) {
      const { status } = await (writer % 2 === 0 ? first : second).request('POST', `${namespace}/configmaps`, { body: { metadata: { name: `c${index}` } } });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  }));

  const stored = (await second.request('GET', `${namespace}/configmaps`)).json<{ items: { metadata: { name: string } }[] }>();
  const { status } = (await first.request('GET', `${namespace}/resourcequotas/q`)).json<{ status: { used: object } }>();
  expect({ statuses: Object.fromEntries(statuses), stored: stored.items.length, used: status.used }).toEqual({ statuses: { 201: HARD, 403: WRITES - HARD }, stored: HARD, used: { configmaps: String(HARD) } });
}, 60_000);
