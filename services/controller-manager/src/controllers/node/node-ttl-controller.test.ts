import type { coreV1 } from '@kubernode/api';
import { reconcileTtl, stepAfter } from './node-ttl-controller.ts';

const node = (ttl?: string): coreV1.Node => ({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', ...(ttl !== undefined && { annotations: { 'node.alpha.kubernetes.io/ttl': ttl } }) } });

test.each<[number, number, number]>([
  [0, 100, 0], [0, 101, 1], [1, 91, 1], [1, 90, 1], [1, 89, 0], [0, 5000, 4], [4, 1800, 4], [4, 1799, 3], [4, 0, 0],
])('from step %i, %i nodes lead to step %i', (step, count, want) => { expect(stepAfter(step, count)).toBe(want); });

test.each<[string | undefined, boolean]>([[undefined, true], ['0', true], ['15', false], ['015', false], ['soon', true]])('an annotation %j is written again: %s', (present, written) => {
  const { actions: [action] } = reconcileTtl({ node: node(present), ttlSeconds: 15 });
  expect(action?.do === 'patch' ? action.patch.body : undefined).toEqual(written ? { metadata: { annotations: { 'node.alpha.kubernetes.io/ttl': '15' } } } : undefined);
});
