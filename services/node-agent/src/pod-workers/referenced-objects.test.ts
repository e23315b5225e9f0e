import type { coreV1 } from '@kubernode/api';
import { seededRng, systemClock } from '@kubernode/base';
import { createInformerFactory } from '@kubernode/client';
import { silentLogger } from '@kubernode/component-base';
import { createFakeClient } from '@kubernode/testing';
import { ReferencedObjects } from './referenced-objects.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: 'u' }, spec: { containers: [], volumes: [{ name: 'a', configMap: { name: 'fixed' } }, { name: 'b', configMap: { name: 'free' } }] } } as coreV1.Pod;
const configMap = (name: string, value: string, immutable?: boolean): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'ns' }, data: { key: value }, ...(immutable !== undefined && { immutable }) });

test('ReferencedObjects follows what a pod names, but no longer looks at what cannot change', async () => {
  const client = createFakeClient([configMap('fixed', '1', true), configMap('free', '1')]);
  const factory = createInformerFactory({ client, clock: systemClock, rng: seededRng(1), logger: silentLogger });
  const stop = new AbortController();
  const running = factory.run(stop.signal);
  const changed: string[] = [];
  const references = new ReferencedObjects({ factory, onChange: (uid) => changed.push(uid) });
  await references.acquire(pod, stop.signal);
  changed.length = 0;
  client.put(configMap('fixed', '2', true)); // no server would let this happen: it shows whether anybody looks
  client.put(configMap('free', '2'));
  for (let turn = 0; changed.length === 0 && turn < 200; turn++) await systemClock.sleep(5);
  await references.acquire(pod, stop.signal);
  const { configMap: view } = references.view(pod);
  expect([view('fixed')?.data, view('free')?.data, changed]).toEqual([{ key: '1' }, { key: '2' }, ['u']]);
  references.release('u');
  expect(references.view(pod).configMap('fixed')).toBeUndefined();
  stop.abort();
  await running;
});
