import { seededRng, systemClock, TaskGroup } from '@kubernode/base';
import type { KubeObject } from '@kubernode/apimachinery';
import { silentLogger } from '@kubernode/component-base';
import { createMemoryStorage } from '@kubernode/testing';
import type { EndpointServices } from '../../endpoints/endpoint-services.ts';
import { createRouter } from '../../endpoints/router.ts';
import { requestInfoOf } from '../../filters/request-info.ts';
import { answerBody } from '../../pipeline/answer-body.ts';
import type { ApiRequest } from '../../pipeline/api-request.ts';
import { ResourceRegistry } from '../resource-registry.ts';

/** Objects of the cache are shared: what a write reads, others read too. Here they cannot be changed, so a write that tries to fails. */
describe('writes leave the objects of the cache alone', () => {
  const container = { name: 'c', image: 'i', resources: { limits: { cpu: '1' } }, ports: [{ containerPort: 80 }] };
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } };
  const spec = { replicas: 1, selector: { matchLabels: { a: 'b' } }, template };
  const cases: [kind: string, apiVersion: string, resource: string, fields: object, status: object][] = [
    ['Pod', 'v1', 'pods', { spec: { nodeName: 'n', containers: [container] } }, { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }],
    ['Deployment', 'apps/v1', 'deployments', { spec }, { replicas: 1 }],
    ['ReplicaSet', 'apps/v1', 'replicasets', { spec }, { replicas: 1 }],
    ['Service', 'v1', 'services', { spec: { clusterIP: 'None', clusterIPs: ['None'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack', selector: { a: 'b' }, ports: [{ port: 80 }] } }, { conditions: [{ type: 'T', status: 'True', reason: 'R', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }] }],
    ['PersistentVolumeClaim', 'v1', 'persistentvolumeclaims', { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }, { phase: 'Bound' }],
    ['HorizontalPodAutoscaler', 'autoscaling/v1', 'horizontalpodautoscalers', { spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' }, targetCPUUtilizationPercentage: 50 } }, { currentReplicas: 1, desiredReplicas: 1 }],
  ];
  const MERGE = 'application/merge-patch+json', STRATEGIC = 'application/strategic-merge-patch+json', APPLY = 'application/apply-patch+yaml', JSON_PATCH = 'application/json-patch+json';

  test.each(cases)('%s of %s', async (kind, apiVersion, resource, fields, status) => {
    await using server = await start();
    const collection = `/${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}/namespaces/a/${resource}`;
    const named = `${collection}/x`;
    const object = { kind, apiVersion, metadata: { name: 'x', namespace: 'a', labels: { l: '1' }, finalizers: ['example.com/f'] }, ...fields };
    const check = async (method: string, path: string, contentType: string, body: unknown): Promise<KubeObject> => {
      for (const stored of await server.freezeAll(apiVersion, resource)) expect(Object.isFrozen(stored)).toBe(true);
      return server.send(method, path, contentType, JSON.stringify(body));
    };
    const created = await check('POST', collection, 'application/json', object);
    await check('PATCH', named, STRATEGIC, { metadata: { annotations: { note: '1' } } });
    await check('PATCH', named, MERGE, { metadata: { labels: { l: '2' } } });
    await check('PATCH', named, JSON_PATCH, [{ op: 'add', path: '/metadata/labels/m', value: '3' }]);
    await check('PATCH', `${named}/status`, MERGE, { status });
    await check('PATCH', `${named}?fieldManager=me`, APPLY, { kind, apiVersion, metadata: { name: 'x', annotations: { applied: 'yes' } } });
    const put = await check('PUT', named, 'application/json', { ...created, metadata: { ...created.metadata, resourceVersion: undefined, labels: { put: 'it' } } });
    expect(put.metadata).toMatchObject({ labels: { put: 'it' }, uid: created.metadata.uid });
    expect(put['status']).toMatchObject(status);
    await check('DELETE', `${named}?gracePeriodSeconds=0`, '', undefined);
    await check('PATCH', named, MERGE, { metadata: { finalizers: null } });
    expect(await server.freezeAll(apiVersion, resource)).toEqual([]);
  });
});

interface Server extends AsyncDisposable {
  send(method: string, target: string, contentType: string, body: string | undefined): Promise<KubeObject>;
  /** The objects that the next write will read. */
  freezeAll(apiVersion: string, resource: string): Promise<unknown[]>;
}

async function start(): Promise<Server> {
  const [tasks, storage, rng] = [new TaskGroup(), createMemoryStorage(), seededRng(1)];
  const registry = new ResourceRegistry(() => storage.backend);
  tasks.spawn((signal) => registry.run(signal));
  while (registry.loading.length > 0) await new Promise((resolve) => { setImmediate(resolve); });
  const admission = { admit: async () => undefined, validate: async () => undefined };
  const services = { clock: systemClock, logger: silentLogger, write: { clock: systemClock, rng, admission, reservations: new Map() }, authorizeCreate: () => undefined } as unknown as EndpointServices; // all that writes ask for
  const routed = { resolve: registry.resolve, lookUpCustom: async () => false, services, paths: [], endpoints: [] };
  const router = createRouter(routed);
  return {
    async send(method, target, contentType, body) {
      const { pathname: path, searchParams: query } = new URL(target, 'http://localhost');
      const request: ApiRequest = { method, path, query, headers: { 'content-type': contentType }, body: Buffer.from(body ?? ''), peer: { address: '' }, signal: new AbortController().signal, receivedAt: 0, transport: 'https' };
      const answer = await router(request, { info: requestInfoOf(method, path, query), user: { name: 'u', uid: '', groups: [], extra: {} }, warnings: [], auditAnnotations: {} });
      const text = answer.kind === 'buffered' ? answerBody(answer).toString() : '';
      expect(text.endsWith('}\n')).toBe(true); // people read answers in terminals
      return JSON.parse(text) as KubeObject; // every kind here answers objects
    },
    async freezeAll(apiVersion, resource) {
      const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
      const page = await registry.resolve(group, version, resource)?.storage.store.list({ keyPrefix: '', limit: 0, freshness: { kind: 'consistent' } });
      for (const item of page?.items ?? []) expect([item.read(), JSON.stringify(item.read())]).toStrictEqual([item.decode(), String(item.bytes)]); // also where it was not parsed
      return (page?.items ?? []).map((item) => frozen(item.read()));
    },
    async [Symbol.asyncDispose]() {
      tasks.stop();
      await tasks.done();
      await storage[Symbol.asyncDispose]();
    },
  };
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const member of Object.values(Object.freeze(value))) frozen(member);
  return value;
}
