import { podTemplateHash } from '../pod-template-hash/pod-template-hash.ts';
import { makeReplicaSet } from './new-replica-set.ts';
import { deployment, replicaSet, template } from './workload.fixture.ts';

const hash = podTemplateHash(template());

test('makeReplicaSet takes over what a ReplicaSet needs, and marks selector and template with the hash', () => {
  const selector = { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'Exists' }] };
  expect(makeReplicaSet(deployment({ replicas: 4, surge: 1, annotations: { note: 'x' }, spec: { selector, minReadySeconds: 5 } }), [replicaSet({ revision: 6, replicas: 3 })])).toEqual({
    apiVersion: 'apps/v1', kind: 'ReplicaSet',
    metadata: {
      name: `web-${hash}`, namespace: 'ns', labels: { app: 'web', 'pod-template-hash': hash },
      annotations: { note: 'x', 'deployment.kubernetes.io/revision': '7', 'deployment.kubernetes.io/desired-replicas': '4', 'deployment.kubernetes.io/max-replicas': '5' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'deployment', controller: true, blockOwnerDeletion: true }],
    },
    spec: {
      replicas: 2, minReadySeconds: 5, selector: { ...selector, matchLabels: { app: 'web', 'pod-template-hash': hash } },
      template: { ...template(), metadata: { labels: { app: 'web', 'pod-template-hash': hash } } },
    },
  });
});

test('a long name is cut, so that it is one with the hash', () => {
  const one = deployment();
  const { name } = makeReplicaSet({ ...one, metadata: { ...one.metadata, name: 'x'.repeat(253) } }, []).metadata;
  expect([name.length, name.slice(-hash.length - 2)]).toEqual([253, `x-${hash}`]);
});
