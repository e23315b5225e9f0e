import type { coreV1 } from '@kubernode/api';
import { collect } from './pod-garbage-collector.ts';

const NOW = Date.parse('2026-01-01T01:00:00Z');

function pod(name: string, phase: string, nodeName: string, rest: Partial<coreV1.Pod['metadata']> = {}): coreV1.Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', uid: name, creationTimestamp: '2026-01-01T00:00:00Z', ...rest }, spec: { nodeName, containers: [] }, status: { phase } };
}

test.each<[string, coreV1.Pod[], string[]]>([
  ['the oldest of too many ended pods', [pod('new', 'Failed', 'a', { creationTimestamp: '2026-01-01T00:30:00Z' }), pod('old', 'Succeeded', 'a'), pod('runs', 'Running', 'a')], ['old']],
  ['pods of nodes that are gone', [pod('lost', 'Running', 'gone'), pod('young', 'Running', 'gone', { creationTimestamp: '2026-01-01T00:59:50Z' })], ['lost']],
  ['unbound pods that are being deleted', [pod('going', 'Pending', '', { deletionTimestamp: '2026-01-01T00:59:00Z' }), pod('waits', 'Pending', '')], ['going']],
])('the pod garbage collector removes %s', (_name, pods, want) => {
  const [all] = collect({ pods, nodeNames: new Set(['a']) }, 1, NOW).actions;
  expect(all?.do === 'all' ? all.actions.map((action) => (action.do === 'delete' ? action.target.name : '')) : []).toEqual(want);
});
