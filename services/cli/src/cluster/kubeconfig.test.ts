import { buildKubeconfig, mergeKubeconfig, removeFromKubeconfig } from './kubeconfig.ts';

const ours = buildKubeconfig({ name: 'kubernode', user: 'kubernode-admin', server: 'https://127.0.0.1:6443', ca: 'CA', client: { certificate: 'CERT', key: 'KEY' } });
const theirs = { apiVersion: 'v1', kind: 'Config', preferences: { colors: true }, clusters: [{ name: 'prod', cluster: { server: 'https://prod' } }], users: [{ name: 'me', user: {} }], contexts: [{ name: 'prod', context: { cluster: 'prod', user: 'me' } }], 'current-context': 'prod' };

test('mergeKubeconfig adds a cluster and leaves others, unknown fields and the current context alone', () => {
  const merged = mergeKubeconfig(theirs, ours);
  expect(merged).toEqual({ ...theirs, clusters: [...theirs.clusters, ...ours.clusters], users: [...theirs.users, ...ours.users], contexts: [...theirs.contexts, ...ours.contexts] });
});

test('mergeKubeconfig replaces an older entry of the same name in place', () => {
  const older = mergeKubeconfig(theirs, { ...ours, clusters: [{ name: 'kubernode', cluster: { server: 'https://old' } }] });
  expect(mergeKubeconfig(older, ours).clusters).toEqual([...theirs.clusters, ...ours.clusters]);
});

test('mergeKubeconfig makes an empty file point to the cluster', () => {
  expect(mergeKubeconfig({ ...theirs, clusters: [], users: [], contexts: [], 'current-context': '' }, ours)['current-context']).toBe('kubernode');
});

test('removeFromKubeconfig undoes mergeKubeconfig', () => {
  expect(removeFromKubeconfig(mergeKubeconfig(theirs, ours), ours)).toEqual(theirs);
});
