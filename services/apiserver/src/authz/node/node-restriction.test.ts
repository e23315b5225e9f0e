import type { coreV1 } from '@kubernode/api';
import { StatusError, type KubeObject } from '@kubernode/apimachinery';
import { ONE_ROUND, type AdmissionAttributes } from '../../admission/admission.ts';
import type { ObjectSources } from '../../endpoints/endpoint.ts';
import { forbiddenLabels, modifiedLabels } from './node-labels.ts';
import { nodeRestriction } from './node-restriction.ts';

type Pod = coreV1.Pod & KubeObject;
const podOn = (name: string, nodeName: string, more: Partial<Pod> = {}): Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', uid: `${name}-uid` }, spec: { containers: [], nodeName, volumes: [{ name: 't', projected: { sources: [{ serviceAccountToken: { path: 't', audience: 'vault' } }] } }] }, ...more });
const nodeObject = (name: string, { labels = {}, spec = {} }: { labels?: Record<string, string>; spec?: object } = {}): KubeObject => ({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec });
const withDriver = (name: string, driver: string): Pod => podOn(name, 'n1', { spec: { containers: [], nodeName: 'n1', volumes: [{ name: 'c', csi: { driver } }] } });
const known = new Map([podOn('own', 'n1'), podOn('foreign', 'n2'), withDriver('driven', 'csi.example.com'), withDriver('undriven', 'gone')].map((pod) => [pod.metadata.name, pod]));
const drivers = { kind: 'CSIDriver', metadata: { name: 'csi.example.com' }, spec: { tokenRequests: [{ audience: 'from-driver' }] } };
const objects: Readonly<Record<string, (name: string) => unknown>> = {
  pods: (name) => known.get(name), nodes: (name) => (name === 'n1' ? { metadata: { name, uid: 'u' } } : undefined), csidrivers: (name) => (name === 'csi.example.com' ? drivers : undefined),
};
const sources = (({ resource }: { resource: string }) => ({ ready: true, get: (_namespace: string, name: string) => objects[resource]?.(name), list: () => known.values(), onChange: () => ({ [Symbol.dispose]: () => undefined }) })) as unknown as ObjectSources; // what is asked for
const plugin = nodeRestriction({ sources, authorizer: { authorize: () => ({ verdict: 'noOpinion', reason: '' }) } });

async function judge(change: Partial<AdmissionAttributes>): Promise<string> {
  const attributes: AdmissionAttributes = {
    operation: 'UPDATE', user: { name: 'system:node:n1', uid: '', groups: ['system:nodes'], extra: {} }, group: '', version: 'v1', resource: 'nodes', subresource: '', kind: { group: '', version: 'v1', kind: 'Node' },
    namespace: '', name: 'n1', object: undefined, oldObject: undefined, dryRun: false, options: {}, warn: () => undefined, annotate: () => undefined, ...change,
  };
  try {
    if (attributes.operation === 'DELETE') await plugin.validate?.(attributes);
    else await plugin.admit?.(attributes, ONE_ROUND);
    return 'allowed';
  } catch (error) {
    return error instanceof StatusError ? error.message : String(error);
  }
}

const token = (boundObjectRef: object | undefined, audiences: string[] = []): Partial<AdmissionAttributes> => ({
  operation: 'CREATE', resource: 'serviceaccounts', subresource: 'token', namespace: 'ns', name: 'app', object: { apiVersion: 'v1', kind: 'TokenRequest', metadata: { name: '' }, spec: { boundObjectRef, audiences } },
});
const pods = (operation: AdmissionAttributes['operation'], name: string, more: Partial<AdmissionAttributes> = {}): Partial<AdmissionAttributes> => ({ operation, resource: 'pods', namespace: 'ns', name, ...more });
const mirror = (owner: object, spec: object = {}): Partial<AdmissionAttributes> => pods('CREATE', 'm', { object: podOn('m', 'n1', {
  metadata: { name: 'm', annotations: { 'kubernetes.io/config.mirror': 'x' }, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'u', controller: true, ...owner }] }, spec: { containers: [], nodeName: 'n1', ...spec },
}) });
const own = known.get('own');
const labelled = podOn('own', 'n1', { metadata: { name: 'own', namespace: 'ns', uid: 'own-uid', labels: { a: 'b' } } });

describe('nodeRestriction', () => {
  it.each<[string, Partial<AdmissionAttributes>, string]>([
    ['users that are no nodes', { user: { name: 'bob', uid: '', groups: [], extra: {} }, name: 'n2' }, 'allowed'],
    ['another node', { name: 'n2', object: nodeObject('n2') }, 'nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"'],
    ['its annotations', { object: nodeObject('n1'), oldObject: nodeObject('n1') }, 'allowed'],
    ['restricted labels', { object: nodeObject('n1', { labels: { 'node-restriction.kubernetes.io/x': 'y', 'kubernetes.io/role': 'z', own: 'x' } }), oldObject: nodeObject('n1') }, 'nodes "n1" is forbidden: is not allowed to modify labels: kubernetes.io/role, node-restriction.kubernetes.io/x'],
    ['labels when it registers', { operation: 'CREATE', object: nodeObject('n1', { labels: { 'x.k8s.io/a': 'y', 'kubernetes.io/os': 'linux' } }) }, 'nodes "n1" is forbidden: node "n1" is not allowed to set the following labels: x.k8s.io/a'],
    ['taints', { object: nodeObject('n1', { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } }), oldObject: nodeObject('n1') }, 'nodes "n1" is forbidden: node "n1" is not allowed to modify taints'],
    ['deleting its pod', pods('DELETE', 'own', { ...(own && { oldObject: own }) }), 'allowed'],
    ['deleting another pod', pods('DELETE', 'foreign'), 'pods "foreign" is forbidden: node "n1" can only delete pods with spec.nodeName set to itself'],
    ['evicting another pod', pods('CREATE', 'foreign', { subresource: 'eviction' }), 'pods "foreign" is forbidden: node n1 can only evict pods with spec.nodeName set to itself'],
    ['evicting a missing pod', pods('CREATE', 'gone', { subresource: 'eviction' }), 'pod "gone" not found'],
    ['labels through status', pods('UPDATE', 'own', { subresource: 'status', object: labelled, ...(own && { oldObject: own }) }), 'pods "own" is forbidden: node "n1" cannot update labels through pod status'],
    ['an ordinary pod', pods('CREATE', 'new', { object: podOn('new', 'n1') }), 'pods "new" is forbidden: pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods'],
    ['a mirror pod', pods('CREATE', 'm', { object: podOn('m', 'n1', { metadata: { name: 'm', annotations: { 'kubernetes.io/config.mirror': 'x' }, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'u', controller: true }] }, spec: { containers: [], nodeName: 'n1' } }) }), 'allowed'],
    ['a mirror of a node that was made anew', mirror({ uid: 'old' }), 'pods "m" is forbidden: node n1 UID mismatch: expected old got u'],
    ['a mirror without a controller', mirror({ controller: false }), 'pods "m" is forbidden: node "n1" can only create pods with a controller owner reference set to itself'],
    ['a mirror with a config map', mirror({}, { volumes: [{ name: 'v', configMap: { name: 'c' } }] }), 'pods "m" is forbidden: node "n1" can not create pods that reference configmaps'],
    ['a mirror with a token', mirror({}, { volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }] }), 'pods "m" is forbidden: node "n1" can not create pods that reference serviceaccounts (via projected volumes)'],
    ['a mirror with a claim', mirror({}, { volumes: [{ name: 'v', ephemeral: {} }] }), 'pods "m" is forbidden: node "n1" can not create pods that reference persistentvolumeclaims (via ephemeral volumes)'],
    ['a mirror with local volumes', mirror({}, { volumes: [{ name: 'v', emptyDir: {} }, { name: 'w', projected: { sources: [{ downwardAPI: {} }] } }] }), 'allowed'],
    ['a token for its CSI driver', token({ apiVersion: 'v1', kind: 'Pod', name: 'driven', uid: 'driven-uid' }, ['from-driver']), 'allowed'],
    ['a token of a pod with a missing driver', token({ apiVersion: 'v1', kind: 'Pod', name: 'undriven', uid: 'undriven-uid' }, ['x']), 'serviceaccounts "app" is forbidden: error validating audience "x": csidriver.storage.k8s.io "gone" not found'],
    ['a token of its pod', token({ apiVersion: 'v1', kind: 'Pod', name: 'own', uid: 'own-uid' }, ['vault']), 'allowed'],
    ['a token for an audience that no volume names', token({ apiVersion: 'v1', kind: 'Pod', name: 'own', uid: 'own-uid' }, ['else']), 'serviceaccounts "app" is forbidden: audience "else" not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience'],
    ['a token of another pod', token({ apiVersion: 'v1', kind: 'Pod', name: 'foreign', uid: 'foreign-uid' }), 'serviceaccounts "app" is forbidden: node requested token bound to a pod scheduled on a different node'],
    ['a token of no pod', token(undefined), 'serviceaccounts "app" is forbidden: node requested token not bound to a pod'],
    ['a token without a uid', token({ apiVersion: 'v1', kind: 'Pod', name: 'own' }), 'serviceaccounts "app" is forbidden: node requested token with a pod binding without a uid'],
    ["another's lease", { operation: 'CREATE', group: 'coordination.k8s.io', resource: 'leases', namespace: 'kube-node-lease', name: 'n2' }, 'leases.coordination.k8s.io "n2" is forbidden: can only access node lease with the same name as the requesting node'],
    ['events', { operation: 'CREATE', resource: 'events', namespace: 'ns', name: 'e' }, 'allowed'],
  ])('judges %s', async (_name, change, expected) => {
    expect(await judge(change)).toBe(expected);
  });
});

it('forbiddenLabels leaves to kubelets what is theirs', () => {
  expect(forbiddenLabels(modifiedLabels({ 'kubelet.kubernetes.io/x': 'y', 'node.kubernetes.io/z': '1', 'kubernetes.io/arch': 'amd64', own: 'x', 'node-role.kubernetes.io/master': '', same: '1' }, { same: '1', 'a.node-restriction.kubernetes.io/b': 'c' })))
    .toEqual(['a.node-restriction.kubernetes.io/b', 'node-role.kubernetes.io/master']);
});
