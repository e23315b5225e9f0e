import type { coreV1 } from '@kubernode/api';
import { nestedMountPoints } from './nested-mount-points.ts';

const pod = (mounts: Record<string, string>): coreV1.Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'c', volumeMounts: Object.entries(mounts).map(([mountPath, name]) => ({ name, mountPath })) }] } });

test.each<[Record<string, string>, string[]]>([
  [{ '/dir': 'v', '/dir/nested': 'w' }, ['nested']],
  [{ '/dir/': 'v', '/dir/a/b': 'w', '/dir/a/b/c': 'x', '/dir/a-b': 'y' }, ['a-b', 'a/b']],
  [{ '/dir': 'v', '/dir2': 'w', '/other': 'v', '/other/in': 'w' }, ['in']],
  [{ '/dir': 'w', '/dir/nested': 'v' }, []],
])('nestedMountPoints of %j', (mounts, expected) => {
  expect(nestedMountPoints(pod(mounts), 'v')).toEqual(expected);
});
