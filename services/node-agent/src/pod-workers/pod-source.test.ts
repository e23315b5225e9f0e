import type { Informer, InformerChange } from '@kubernode/client';
import type { Pod } from '../pod/pod-facts.ts';
import { isCriticalPod, isStaticPod } from '../pod/pod-origin.ts';
import { apiPodSource, type PodChange } from './pod-source.ts';

const pod = (annotations: Record<string, string>): Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', annotations } });

test("apiPodSource: leaves mirrors out, and takes nobody's word for being static", () => {
  let tell = (_change: InformerChange<Pod>): void => undefined;
  const informer = { onChange: (listener: typeof tell) => { tell = listener; return { [Symbol.dispose]: () => undefined }; } } as unknown as Informer<Pod>; // all that is used of it
  const seen: PodChange[] = [];
  apiPodSource(informer, () => Promise.resolve()).onChange((change) => { seen.push(change); });
  tell({ key: 'a', object: pod({ 'kubernetes.io/config.mirror': 'x', 'kubernetes.io/config.source': 'file' }) });
  tell({ key: 'b', object: pod({ 'kubernetes.io/config.source': 'file' }) });
  expect(seen).toHaveLength(1);
  const [{ object } = {}] = seen;
  expect([object && isStaticPod(object), object && isCriticalPod(object), object?.metadata.annotations]).toEqual([false, false, { 'kubernetes.io/config.source': 'api' }]);
});
