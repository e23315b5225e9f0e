import { execFileSync } from 'node:child_process';
import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import { ONE_ROUND, type AdmissionAttributes } from './admission.ts';
import type { AdmissionDependencies } from './admission-plugins.ts';
import { certificateApproval } from './certificate-signers.ts';
import { certificateSubjectRestriction } from './certificate-subject-restriction.ts';
import { subjectOrganizations } from './certificate-subject.ts';
import { defaultClass } from './default-class.ts';
import { defaultIngressClass } from './default-ingress-class.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { persistentVolumeClaimResize } from './persistent-volume-claim-resize.ts';
import { podTopologyLabels } from './pod-topology-labels.ts';
import { applyClass, runtimeClass } from './runtime-class.ts';
import { storageObjectInUseProtection } from './storage-object-in-use-protection.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';

const DEFAULT = 'storageclass.kubernetes.io/is-default-class';
const named = (name: string, more: object = {}, metadata: object = {}): KubeObject => ({ kind: 'X', apiVersion: 'v1', metadata: { name, ...metadata }, ...more });
const dependencies = (objects: readonly KubeObject[], allowed: readonly string[] = []): AdmissionDependencies => ({
  sources: () => ({ list: () => objects, get: (_namespace: string, name: string) => objects.find(({ metadata }) => metadata.name === name) }), get: async () => undefined,
  authorizer: { authorize: ({ verb, name }: { verb: string; name: string }) => ({ verdict: allowed.includes(`${verb} ${name}`) ? 'allow' : 'deny', reason: '' }) },
}) as unknown as AdmissionDependencies; // what these plugins use of them
const attributes = (group: string, resource: string, more: object): AdmissionAttributes => ({ operation: 'CREATE', group, resource, subresource: '', namespace: 'n', name: 'x', ...more }) as unknown as AdmissionAttributes; // what these plugins look at

test('the newest default class wins, of equal ones the first by name', () => {
  const at = (name: string, creationTimestamp: string, isDefault = 'true'): KubeObject => named(name, {}, { creationTimestamp, annotations: { [DEFAULT]: isDefault } });
  const classes = [at('old', '2020-01-01T00:00:00Z'), at('b', '2021-01-01T00:00:00Z'), at('a', '2021-01-01T00:00:00Z'), at('no', '2022-01-01T00:00:00Z', 'false')];
  expect([defaultClass(classes, [DEFAULT])?.metadata.name, defaultClass([], [DEFAULT])]).toEqual(['a', undefined]);
});

test('claims and ingresses get the default class unless they name one', () => {
  const claims = [named('c', { spec: {} }), named('c', { spec: { storageClassName: '' } })];
  const plugin = defaultStorageClass(dependencies([named('fast', {}, { annotations: { [DEFAULT]: 'true' } })]));
  for (const object of claims) void plugin.admit?.(attributes('', 'persistentvolumeclaims', { object }), ONE_ROUND);
  const ingress = named('i', { spec: {} });
  void defaultIngressClass(dependencies([named('web', {}, { annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } })])).admit?.(attributes('networking.k8s.io', 'ingresses', { object: ingress }), ONE_ROUND);
  expect([...claims, ingress].map(({ spec }) => spec)).toEqual([{ storageClassName: 'fast' }, { storageClassName: '' }, { ingressClassName: 'web' }]);
});

test('new nodes are tainted, new claims protected, once', () => {
  const node = named('n', { spec: { taints: [{ key: 'a', effect: 'NoExecute' }] } });
  const claim = named('c');
  for (let round = 0; round < 2; round++) {
    void taintNodesByCondition.admit?.(attributes('', 'nodes', { object: node }), ONE_ROUND);
    void storageObjectInUseProtection.admit?.(attributes('', 'persistentvolumeclaims', { object: claim }), ONE_ROUND);
  }
  expect([node['spec'], claim.metadata.finalizers]).toEqual([{ taints: [{ key: 'a', effect: 'NoExecute' }, { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] }, ['kubernetes.io/pvc-protection']]);
});

test.each<[string, string, boolean, string, string | undefined]>([
  ['smaller', '1Gi', false, 'Pending', undefined], ['bigger, of a class that grows', '3Gi', true, 'Bound', undefined],
  ['bigger before it is bound', '3Gi', true, 'Pending', 'Only bound persistent volume claims can be expanded'],
  ['bigger, of a class that does not', '3Gi', false, 'Bound', 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize'],
])('a claim becomes %s', (_name, storage, allowVolumeExpansion, phase, refusal) => {
  const claim = (size: string): KubeObject => named('x', { spec: { storageClassName: 'fast', resources: { requests: { storage: size } } }, status: { phase } });
  const plugin = persistentVolumeClaimResize(dependencies([named('fast', { allowVolumeExpansion })]));
  const validate = (): void => { void plugin.validate?.(attributes('', 'persistentvolumeclaims', { operation: 'UPDATE', object: claim(storage), oldObject: claim('2Gi') })); };
  if (refusal === undefined) expect(validate).not.toThrow();
  else expect(validate).toThrow(`persistentvolumeclaims "x" is forbidden: ${refusal}`);
});

const pod = { group: '', resource: 'pods', name: 'x', object: undefined };

test('a runtime class gives overhead, selectors and tolerations, without what is covered already', () => {
  const spec: coreV1.PodSpec = { containers: [], nodeSelector: { a: '1' }, tolerations: [{ key: 'k', operator: 'Exists' }] };
  applyClass(spec, { ...named('r'), handler: 'h', overhead: { podFixed: { cpu: '10m' } }, scheduling: { nodeSelector: { b: '2' }, tolerations: [{ key: 'k', operator: 'Equal', value: 'v' }, { key: 'l', operator: 'Exists' }] } }, pod);
  expect(spec).toEqual({ containers: [], overhead: { cpu: '10m' }, nodeSelector: { a: '1', b: '2' }, tolerations: [{ key: 'k', operator: 'Exists' }, { key: 'l', operator: 'Exists' }] });
  expect(() => { applyClass({ containers: [], nodeSelector: { b: '1' } }, { ...named('r'), handler: 'h', scheduling: { nodeSelector: { b: '2' } } }, pod); }).toThrow('conflict: runtimeClass.scheduling.nodeSelector[b] = 2; pod.spec.nodeSelector[b] = 1');
});

test('pods of an unknown runtime class, or with overhead of their own, are refused', async () => {
  const plugin = runtimeClass(dependencies([]));
  await expect(plugin.admit?.(attributes('', 'pods', { object: named('x', { spec: { containers: [], runtimeClassName: 'gone' } }) }), ONE_ROUND)).rejects.toThrow('pods "x" is forbidden: pod rejected: RuntimeClass "gone" not found');
  expect(() => plugin.validate?.(attributes('', 'pods', { object: named('x', { spec: { containers: [], overhead: { cpu: '1' } } }) }))).toThrow('pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
});

test.each<[string, string, object, Record<string, string> | undefined]>([
  ['bound', 'binding', { target: { kind: 'Node', name: 'n' } }, { 'topology.kubernetes.io/zone': 'z' }], ['made for a node', '', { spec: { nodeName: 'n' } }, { 'topology.kubernetes.io/zone': 'z' }],
  ['made for none', '', { spec: {} }, undefined], ['evicted', 'eviction', {}, undefined],
])('a pod that is %s learns its zone', (_name, subresource, more, labels) => {
  const object = named('x', more);
  void podTopologyLabels(dependencies([named('n', {}, { labels: { 'topology.kubernetes.io/zone': 'z', other: 'o' } })])).admit?.(attributes('', 'pods', { subresource, object }), ONE_ROUND);
  expect(object.metadata.labels).toEqual(labels);
});

describe('certificate requests', () => {
  const request = (subject: string): string => execFileSync('openssl', ['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', '/dev/null', '-subj', subject], { stdio: ['ignore', 'pipe', 'ignore'] }).toString();

  test('may not be for the group of masters', () => {
    const pem = request('/O=system:masters/O=x/CN=me');
    expect(subjectOrganizations(pem)).toEqual(['system:masters', 'x']);
    const judge = (signerName: string, text: string): void => { void certificateSubjectRestriction.validate?.(attributes('certificates.k8s.io', 'certificatesigningrequests', { object: named('x', { spec: { signerName, request: Buffer.from(text).toString('base64') } }) })); };
    expect(() => { judge('kubernetes.io/kube-apiserver-client', pem); }).toThrow('use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed');
    expect(() => { judge('example.com/other', pem); }).not.toThrow();
    expect(() => { judge('kubernetes.io/kube-apiserver-client', 'nothing'); }).toThrow('failed to parse CSR: PEM block type must be CERTIFICATE REQUEST');
  });

  test.each<[string, readonly string[], boolean]>([['the signer', ['approve a.b/c'], true], ['all of its domain', ['approve a.b/*'], true], ['another verb', ['sign a.b/c'], false]])('are approved by who may for %s', async (_name, allowed, ok) => {
    const old = named('x', { spec: { signerName: 'a.b/c' } });
    const approve = async (): Promise<void> => { await certificateApproval(dependencies([], allowed)).validate?.(attributes('certificates.k8s.io', 'certificatesigningrequests', { operation: 'UPDATE', subresource: 'approval', object: old, oldObject: old })); };
    if (ok) await expect(approve()).resolves.toBeUndefined();
    else await expect(approve()).rejects.toThrow('user not permitted to approve requests with signerName "a.b/c"');
  });
});
