import type { coreV1 } from '@kubernode/api';
import type { AuthorizationAttributes } from '../../pipeline/api-request.ts';
import { bootstrapPolicy } from '../bootstrap-policy/bootstrap-policy.ts';
import { NodeAuthorizer } from './node-authorizer.ts';
import { NodeGraph } from './node-graph.ts';

const node = { name: 'system:node:n1', uid: '', groups: ['system:nodes', 'system:authenticated'], extra: {} };
const rules = bootstrapPolicy.clusterRoles.find(({ metadata }) => metadata.name === 'system:node')?.rules ?? [];

const pod: coreV1.Pod = {
  apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns' },
  spec: {
    nodeName: 'n1', serviceAccountName: 'app', imagePullSecrets: [{ name: 'pull' }],
    containers: [{ name: 'c', env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'env', key: 'a' } } }], envFrom: [{ configMapRef: { name: 'all' } }] }],
    initContainers: [{ name: 'i', env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'init', key: 'a' } } }] }],
    volumes: [
      { name: 's', secret: { secretName: 'used' } }, { name: 'c', configMap: { name: 'used' } }, { name: 'v', persistentVolumeClaim: { claimName: 'claim' } },
      { name: 'e', ephemeral: {} }, { name: 'p', projected: { sources: [{ secret: { name: 'projected' } }] } },
    ],
  },
};

function ask(verb: string, resource: string, more: Partial<AuthorizationAttributes> = {}): AuthorizationAttributes {
  return { user: node, verb, group: '', version: 'v1', resource, subresource: '', namespace: 'ns', name: '', path: '', isResourceRequest: true, ...more };
}

function graphWithPod(): NodeGraph {
  const graph = new NodeGraph();
  graph.setPod(pod);
  graph.setVolume({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv' }, spec: { claimRef: { namespace: 'ns', name: 'claim' }, csi: { driver: 'd', volumeHandle: 'h', nodePublishSecretRef: { name: 'csi', namespace: 'vault' } } } });
  graph.setOwned('volumeattachments', '', 'mine', 'n1');
  graph.setOwned('volumeattachments', '', 'theirs', 'n2');
  return graph;
}

const unrelated = "no relationship found between node 'n1' and this object";

describe('NodeAuthorizer', () => {
  const authorizer = new NodeAuthorizer(graphWithPod(), rules);
  it.each<[string, AuthorizationAttributes, string]>([
    ['its pod', ask('get', 'pods', { name: 'p' }), 'allow'],
    ['another pod', ask('get', 'pods', { name: 'q' }), unrelated],
    ['all pods', ask('list', 'pods'), 'can only list/watch pods with spec.nodeName field selector'],
    ['its pods by field', ask('watch', 'pods', { namespace: '', fieldSelector: 'spec.nodeName=n1,status.phase!=Failed' }), 'allow'],
    ['pods of another node by field', ask('list', 'pods', { fieldSelector: 'spec.nodeName=n2' }), 'can only list/watch pods with spec.nodeName field selector'],
    ['pods not of itself by field', ask('list', 'pods', { fieldSelector: 'spec.nodeName!=n1' }), 'can only list/watch pods with spec.nodeName field selector'],
    ['the log of its pod', ask('get', 'pods', { name: 'p', subresource: 'log' }), ''],
    ['a secret volume', ask('get', 'secrets', { name: 'used' }), 'allow'],
    ['a secret in the environment', ask('watch', 'secrets', { name: 'env' }), 'allow'],
    ['a pull secret', ask('list', 'secrets', { name: 'pull' }), 'allow'],
    ['a projected secret', ask('get', 'secrets', { name: 'projected' }), 'allow'],
    ["a secret of its pod's volume", ask('get', 'secrets', { name: 'csi', namespace: 'vault' }), 'allow'],
    ['an unused secret', ask('get', 'secrets', { name: 'unused' }), unrelated],
    ['the same name in another namespace', ask('get', 'secrets', { name: 'used', namespace: 'other' }), unrelated],
    ['all secrets', ask('list', 'secrets'), 'No Object name found'],
    ['a change of a secret', ask('update', 'secrets', { name: 'used' }), 'can only read resources of this type'],
    ['a config map of an init container', ask('get', 'configmaps', { name: 'init' }), 'allow'],
    ['a config map of the environment', ask('get', 'configmaps', { name: 'all' }), 'allow'],
    ['a claim', ask('get', 'persistentvolumeclaims', { name: 'claim' }), 'allow'],
    ['an ephemeral claim', ask('get', 'persistentvolumeclaims', { name: 'p-e' }), 'allow'],
    ["a claim's status", ask('patch', 'persistentvolumeclaims', { name: 'claim', subresource: 'status' }), 'allow'],
    ['a list of claims', ask('list', 'persistentvolumeclaims'), 'can only get individual resources of this type'],
    ['a volume', ask('get', 'persistentvolumes', { namespace: '', name: 'pv' }), 'allow'],
    ['another volume', ask('get', 'persistentvolumes', { namespace: '', name: 'other' }), unrelated],
    ['a token of its account', ask('create', 'serviceaccounts', { name: 'app', subresource: 'token' }), 'allow'],
    ['a token of another account', ask('create', 'serviceaccounts', { name: 'default', subresource: 'token' }), unrelated],
    ['an attachment', ask('get', 'volumeattachments', { group: 'storage.k8s.io', namespace: '', name: 'mine' }), 'allow'],
    ["another node's attachment", ask('get', 'volumeattachments', { group: 'storage.k8s.io', namespace: '', name: 'theirs' }), unrelated],
    ['its lease', ask('update', 'leases', { group: 'coordination.k8s.io', namespace: 'kube-node-lease', name: 'n1' }), 'allow'],
    ["another's lease", ask('update', 'leases', { group: 'coordination.k8s.io', namespace: 'kube-node-lease', name: 'n2' }), 'can only access node lease with the same name as the requesting node'],
    ['a lease elsewhere', ask('get', 'leases', { group: 'coordination.k8s.io', name: 'n1' }), 'can only access leases in the "kube-node-lease" system namespace'],
    ['its node', ask('get', 'nodes', { namespace: '', name: 'n1' }), 'allow'],
    ['another node', ask('get', 'nodes', { namespace: '', name: 'n2' }), "node 'n1' cannot read 'n2', only its own Node object"],
    ['all nodes', ask('list', 'nodes', { namespace: '' }), "node 'n1' cannot read all nodes, only its own Node object"],
    ['deleting its node', ask('delete', 'nodes', { namespace: '', name: 'n1' }), ''],
    ['services', ask('list', 'services', { namespace: '' }), 'allow'],
    ['an event', ask('create', 'events'), 'allow'],
    ['deployments', ask('list', 'deployments', { group: 'apps' }), ''],
    ['nobody’s node', ask('get', 'pods', { user: { ...node, name: 'system:node:' } }), 'unknown node for user "system:node:"'],
    ['no node', ask('get', 'pods', { user: { ...node, groups: [] }, name: 'p' }), ''],
  ])('judges %s', (_name, attributes, expected) => {
    const { verdict, reason } = authorizer.authorize(attributes);
    expect(verdict === 'allow' ? 'allow' : reason).toBe(expected);
  });
});

describe('NodeGraph', () => {
  it('forgets what a pod needed once it is gone or elsewhere, unless another pod needs it', () => {
    const graph = graphWithPod();
    graph.setPod({ ...pod, metadata: { ...pod.metadata, name: 'second' } });
    const needs = (): boolean => graph.needs('n1', 'secrets', 'ns', 'used');
    const seen = [needs()];
    graph.deletePod('ns', 'p'); seen.push(needs());
    graph.setPod({ ...pod, metadata: { ...pod.metadata, name: 'second' }, spec: { ...pod.spec, containers: [], nodeName: 'n2' } }); seen.push(needs());
    expect(seen).toEqual([true, true, false]);
    expect(graph.needs('n2', 'persistentvolumes', '', 'pv')).toBe(true);
    graph.deleteVolume('pv');
    expect(graph.needs('n2', 'persistentvolumes', '', 'pv') || graph.needs('n2', 'secrets', 'vault', 'csi')).toBe(false);
  });

  it('gives nothing by mirrors of static pods but the pod itself', () => {
    const graph = new NodeGraph();
    graph.setPod({ ...pod, metadata: { ...pod.metadata, annotations: { 'kubernetes.io/config.mirror': 'x' } } });
    expect([graph.needs('n1', 'pods', 'ns', 'p'), graph.needs('n1', 'secrets', 'ns', 'used')]).toEqual([true, false]);
  });
});
