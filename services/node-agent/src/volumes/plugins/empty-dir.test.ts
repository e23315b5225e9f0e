import type { coreV1 } from '@kubernode/api';
import { hugePageSize, memorySize } from './empty-dir.ts';

const limited = (memory?: string): coreV1.Container => ({ name: 'c', ...(memory !== undefined && { resources: { limits: { memory } } }) });
const pod = (spec: Partial<coreV1.PodSpec>): coreV1.Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [], ...spec } });
const MI = 2 ** 20;

test.each<[string, coreV1.Pod, string | undefined, number]>([
  ['all pods\' memory', pod({ containers: [limited()] }), undefined, 100 * MI],
  ['the pod\'s', pod({ containers: [limited('10Mi'), limited('5Mi')] }), undefined, 15 * MI],
  ['the largest init container\'s', pod({ containers: [limited('10Mi')], initContainers: [limited('20Mi')] }), undefined, 20 * MI],
  ['all pods\', since one container has no limit', pod({ containers: [limited('10Mi'), limited()] }), undefined, 100 * MI],
  ['the pod\'s own limit', pod({ containers: [limited()], resources: { limits: { memory: '7Mi' } } }), undefined, 7 * MI],
  ['the volume\'s', pod({ containers: [limited('10Mi')] }), '3Mi', 3 * MI],
  ['the pod\'s, which is less than the volume\'s', pod({ containers: [limited('10Mi')] }), '30Mi', 10 * MI],
  ['all pods\', since the volume may have more', pod({ containers: [limited()] }), '1Gi', 100 * MI],
])('memorySize: %s', (_title, one, sizeLimit, expected) => {
  expect(memorySize(one, sizeLimit === undefined ? {} : { sizeLimit }, 100 * MI)).toBe(expected);
});

const paging = (...sizes: string[]): coreV1.Pod => pod({ containers: sizes.map((size) => ({ name: size, resources: { requests: { [`hugepages-${size}`]: '4Mi' } } })) });

test.each<[coreV1.Pod, string, string]>([
  [paging('2Mi'), 'HugePages', '2Mi'], [paging('2Mi', '1Gi'), 'HugePages-1Gi', '1Gi'],
  [paging('2Mi', '1Gi'), 'HugePages', "medium: HugePages can't be used if container requests multiple huge page sizes"],
  [paging('2Mi'), 'HugePages-1Gi', 'medium HugePages-1Gi: hugePages storage requested, but there is no resource request for huge pages'],
])('hugePageSize: %#', (one, medium, expected) => {
  let got: string;
  try { got = hugePageSize(one, medium); } catch (error) { got = (error as Error).message; }
  expect(got).toBe(expected);
});
