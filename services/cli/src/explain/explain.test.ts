import { forbidden } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';
import { systemClock } from '@kubernode/base';
import { createFakeClient, type FakeClient } from '@kubernode/testing';
import { explainOneDeletion, explainOnePod, explainOneService, type ExplainParts } from './explain.ts';
import { printExplanation } from './explanation.ts';
import { ObjectReader } from './object-reader.ts';
import type { Placement } from './placement.ts';

const NOW = Date.parse('2026-01-01T00:10:00Z');
const GONE = '2026-01-01T00:00:00Z';
const TARGET = { namespace: 'shop', name: 'web' };
const placement: Placement = { resources: () => [], judge: () => { throw new Error('not asked'); } };

function parts(objects: readonly object[], { denied = [] }: { denied?: readonly string[] } = {}): ExplainParts {
  const fake = createFakeClient(objects);
  const guard = (resource: ResourceRef): void => { if (denied.includes(resource.resource)) throw forbidden(resource, '', 'no'); };
  const client: FakeClient = { ...fake, get: async (resource, target) => { guard(resource); return fake.get(resource, target); }, list: async (resource, options) => { guard(resource); return fake.list(resource, options); } };
  return { reader: new ObjectReader(client, { clock: systemClock, signal: new AbortController().signal }), placement, config: undefined, nowMs: NOW };
}

const texts = (findings: readonly { text: string }[]): string[] => findings.map(({ text }) => text);
const pod = (name: string, rest: object = {}): object => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop', labels: { app: 'web' } }, ...rest });

describe('explainOneDeletion', () => {
  test('a claim that pods use', async () => {
    const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'web', namespace: 'shop', deletionTimestamp: GONE, finalizers: ['kubernetes.io/pvc-protection'] } };
    const { subject, summary, findings } = await explainOneDeletion('pvc', TARGET, parts([claim, pod('a', { spec: { containers: [], volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'web' } }] }, status: { phase: 'Running' } }), pod('b', { spec: { containers: [] } })]));
    expect([subject, summary, ...texts(findings)]).toEqual(['persistentvolumeclaim shop/web', 'is being deleted for 10m.', '1 pod uses it: pod a (Running). It is protected until then.']);
  });

  test('a deployment in the foreground, with the dependant that blocks it', async () => {
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'd-1', blockOwnerDeletion: true };
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop', uid: 'd-1', deletionTimestamp: GONE, finalizers: ['foregroundDeletion'] } };
    const replicaSet = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web-1', namespace: 'shop', ownerReferences: [owner], finalizers: ['example.com/x'] } };
    const { findings } = await explainOneDeletion('deploy', TARGET, parts([deployment, replicaSet]));
    expect(findings).toMatchObject([{ topic: 'dependents', details: ['ReplicaSet web-1 (not being deleted yet, finalizers example.com/x)'], next: 'kubernode explain delete replicaset web-1 -n shop' }]);
  });

  test('a namespace, with what is left in it and the API that does not answer', async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web', deletionTimestamp: GONE }, spec: { finalizers: ['kubernetes'] }, status: { conditions: [{ type: 'NamespaceContentRemaining', status: 'True', message: 'Some resources are remaining: pods. has 1 resource instances, widgets.example.com has 2 resource instances' }, { type: 'NamespaceDeletionDiscoveryFailure', status: 'False' }] } };
    const service = { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: 'v1beta1.metrics.k8s.io' }, status: { conditions: [{ type: 'Available', status: 'False', message: 'no endpoints' }] } };
    const { findings } = await explainOneDeletion('ns', { namespace: 'default', name: 'web' }, parts([namespace, service]));
    expect(findings).toMatchObject([{ topic: 'api', text: expect.stringContaining('v1beta1.metrics.k8s.io does not answer (no endpoints)') }, { topic: 'content', next: 'kubectl get pods,widgets.example.com -n web' }]);
  });

  test('a webhook that must agree and has nobody behind it', async () => {
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web', namespace: 'shop', deletionTimestamp: GONE, finalizers: ['example.com/x'] } };
    const hook = (name: string, failurePolicy: string): object => ({ name, failurePolicy, clientConfig: { service: { namespace: 'sys', name: 'hook' } }, rules: [{ operations: ['*'], apiGroups: [''], resources: ['configmaps'] }] });
    const configuration = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: 'guard' }, webhooks: [hook('must.example.com', 'Fail'), hook('may.example.com', 'Ignore')] };
    const { findings } = await explainOneDeletion('configmap', TARGET, parts([map, configuration]));
    expect(texts(findings)).toEqual([expect.stringMatching(/^Finalizer example\.com\/x belongs/), expect.stringMatching(/^Webhook must\.example\.com of guard .* sys\/hook has no endpoints/)]);
  });

  test('an object that stays, a kind that is none, an object that is not there', async () => {
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web', namespace: 'shop' } };
    expect((await explainOneDeletion('cm', TARGET, parts([map]))).summary).toBe('is not being deleted.');
    await expect(explainOneDeletion('confgmap', TARGET, parts([]))).rejects.toThrow('the server has no resource "confgmap"; did you mean configmap?');
    await expect(explainOneDeletion('cm', TARGET, parts([]))).rejects.toThrow('there is no configmap shop/web');
  });

  test('custom resources are known by their definitions', async () => {
    const definition = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'widgets.example.com' }, spec: { group: 'example.com', scope: 'Namespaced', names: { plural: 'widgets', singular: 'widget', kind: 'Widget', shortNames: ['wd'] }, versions: [{ name: 'v1', served: true, storage: true }] } };
    await expect(explainOneDeletion('wd', TARGET, parts([definition]))).rejects.toThrow('there is no widget shop/web');
  });
});

describe('explainOneService', () => {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] } };
  const slice = (ready: boolean): object => ({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } }, addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready } }] });

  test.each<[what: string, objects: readonly object[], expected: (string | RegExp)[]]>([
    ['no pods', [service], ['leads nowhere: it has no ready endpoints.', /^No pod in shop has the labels that it selects \(app=web\)/]],
    ['pods that are not ready and a port that no container has', [service, pod('a'), slice(false)], ['leads nowhere: it has no ready endpoints.', '1 of its 1 pod are not ready: a.', /^Port 80 goes to the port named "http", which no container/]],
    ['ready pods', [service, pod('a', { spec: { containers: [{ name: 'c', ports: [{ name: 'http', containerPort: 8080 }] }] }, status: { conditions: [{ type: 'Ready', status: 'True' }] } }), slice(true)], ['leads to 1 ready endpoint.']],
  ])('%s', async (_what, objects, expected) => {
    const { summary, findings } = await explainOneService(TARGET, parts(objects));
    expect([summary, ...texts(findings)]).toEqual(expected.map((one) => expect.stringMatching(one)));
  });
});

test('who may not see everything gets what may be seen, and is told what was not', async () => {
  const given = pod('web', { spec: { nodeName: 'n1', containers: [{ name: 'c', envFrom: [{ secretRef: { name: 'db' } }] }] }, status: { phase: 'Pending' } });
  const explained = await explainOnePod(TARGET, parts([given], { denied: ['nodes', 'secrets'] }));
  expect(explained.unseen).toEqual(['nodes: you may not read them', 'secrets in shop: you may not read them']);
  expect(printExplanation(explained)).toContain('Not seen, so this may not be all: nodes: you may not read them; secrets in shop: you may not read them\n');
  await expect(explainOnePod(TARGET, parts([given], { denied: ['pods'] }))).rejects.toThrow('pod shop/web cannot be read: pods in shop: you may not read them');
});
