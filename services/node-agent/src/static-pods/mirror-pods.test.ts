import type { coreV1 } from '@kubernode/api';
import type { Pod } from '../pod/pod-facts.ts';
import { mirrorOf, planMirrors } from './mirror-pods.ts';

const staticPod = (name: string, hash: string): Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', uid: hash, annotations: { 'kubernetes.io/config.hash': hash, 'kubernetes.io/config.source': 'file' } }, spec: { containers: [] }, status: { phase: 'Pending' } });
const mirror = (name: string, hash: string, extra: Partial<coreV1.Pod['metadata']> = {}): coreV1.Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', annotations: { 'kubernetes.io/config.mirror': hash }, ...extra } });
const plan = (statics: Pod[], known: coreV1.Pod[]): string[] => { const { create, remove } = planMirrors(statics, known); return [...remove.map(({ metadata }) => `-${metadata.name}`), ...create.map(({ metadata }) => `+${metadata.name}`)]; };

test.each<[string, Pod[], coreV1.Pod[], string[]]>([
  ['a new static pod', [staticPod('a', '1')], [], ['+a']], ['one with its mirror', [staticPod('a', '1')], [mirror('a', '1')], []], ['one whose content is another', [staticPod('a', '2')], [mirror('a', '1')], ['-a', '+a']],
  ['one that is gone', [], [mirror('a', '1')], ['-a']], ['a mirror that is being deleted', [staticPod('a', '1')], [mirror('a', '1', { deletionTimestamp: 'x' })], ['-a', '+a']],
  ["somebody else's pod of that name is left alone", [staticPod('a', '1')], [mirror('a', '1', { annotations: {} })], []], ['pods that mirror nothing', [], [mirror('a', '1', { annotations: {} })], []],
])('planMirrors: %s', (_what, statics, known, want) => { expect(plan(statics, known)).toEqual(want); });

test('mirrorOf: belongs to the node and tells what it mirrors; neither uid nor status go along', () => {
  expect(mirrorOf(staticPod('a', '1'), { name: 'n1', uid: 'node-uid' })).toEqual({
    apiVersion: 'v1', kind: 'Pod', spec: { containers: [] },
    metadata: { name: 'a', namespace: 'ns', annotations: { 'kubernetes.io/config.hash': '1', 'kubernetes.io/config.source': 'file', 'kubernetes.io/config.mirror': '1' }, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'node-uid', controller: true }] },
  });
});
