import { newUid, type KubeObject } from '@kubernode/apimachinery';
import { seededRng, systemClock, TaskGroup } from '@kubernode/base';
import { FileFollower, silentLogger } from '@kubernode/component-base';
import { createMemoryStorage } from '@kubernode/testing';
import { Registry } from 'prom-client';
import { createAdmissionChain } from '../src/admission/admission-chain.ts';
import { admissionPlugins } from '../src/admission/admission-plugins.ts';
import { createConditionMetrics } from '../src/admission/condition-metrics.ts';
import { setUpPolicies } from '../src/admission/policy/set-up-policies.ts';
import { setUpWebhooks } from '../src/admission/webhook/set-up-webhooks.ts';
import type { EndpointServices } from '../src/endpoints/endpoint-services.ts';
import { createRouter } from '../src/endpoints/router.ts';
import { requestInfoOf } from '../src/filters/request-info.ts';
import type { ApiRequest } from '../src/pipeline/api-request.ts';
import { createObjectSources } from '../src/registry/object-sources.ts';
import { createObjectWriter } from '../src/registry/object-writer.ts';
import { ResourceRegistry } from '../src/registry/resource-registry.ts';
import { HookClient } from '../src/webhook-client/hook-client.ts';
import { clusterIpResolver } from '../src/webhook-client/service-resolver.ts';

/**
 * CPU of the write path between the filters and etcd, which is one in memory: decoding, defaults, admission, validation, managed fields,
 * storing, the event's way back. `npx tsx --conditions=source services/apiserver/bench/write.bench.ts [PODS]`. The least of many
 * small batches is told, which other work on the machine disturbs little.
 */
const PODS = Number(process.argv[2] ?? 4_000);
const BATCH = 40;
const NAMESPACE = 'load';

const clock = systemClock;
const rng = seededRng(1);
const tasks = new TaskGroup();
const storage = createMemoryStorage();
const registry = new ResourceRegistry(() => storage.backend);
tasks.spawn((signal) => registry.run(signal));
while (registry.loading.length > 0) await new Promise((resolve) => { setImmediate(resolve); });
const storageOf = registry.storageOf.bind(registry);
const sources = createObjectSources({ storageOf, clock, rng, spawn: (task) => tasks.spawn(task) });
const writer = createObjectWriter({ servedOf: registry.servedOf.bind(registry), clock, rng });
const authorizer = { authorize: () => ({ verdict: 'allow', reason: '' }) as const };
const conditionMetrics = createConditionMetrics(new Registry());
const webhooks = setUpWebhooks({ client: new HookClient({ resolve: clusterIpResolver(sources), clock }), registry, authorizer, sources, writer, metricsRegistry: new Registry(), conditionMetrics, clock, rng, logger: silentLogger });
const policies = setUpPolicies({ registry, sources, writer, authorizer, metricsRegistry: new Registry(), conditionMetrics, clock });
const admission = createAdmissionChain(admissionPlugins({ enabled: ['NodeRestriction'], disabled: [] }, {
  sources, authorizer, webhooks, policies, clock, rng, get: (resource, namespace, name) => writer.get(resource, namespace, name), list: (resource, namespace) => writer.list(resource, namespace),
  update: (resource, key, change, options) => writer.update(resource, key, change, options), create: (resource, object) => writer.create(resource, object), resourcesOfKind: () => [], configurationOf: () => undefined, files: new FileFollower({ clock, logger: silentLogger }), randomSuffix: (length) => newUid(rng).slice(0, length),
}));
const services = {
  clock, logger: silentLogger, write: { clock, rng, admission, reservations: new Map() },
  printTable: () => ({}), encodeProtobuf: () => undefined, authorizeCreate: () => undefined, reasonAgainstCreate: () => undefined, watchMetrics: {}, minRequestTimeoutMs: 1,
} as unknown as EndpointServices; // what writes of JSON need of them
const routed = { resolve: registry.resolve, lookUpCustom: async () => false, services, paths: [], endpoints: [] };
const router = createRouter(routed);
const user = { name: 'admin', uid: '', groups: ['system:masters'], extra: {} };

async function send(method: string, target: string, contentType = '', body = ''): Promise<void> {
  const { pathname: path, searchParams: query } = new URL(target, 'http://localhost');
  let signal: AbortSignal | undefined;
  const request: ApiRequest = {
    method, path, query, headers: { 'content-type': contentType, accept: 'application/json', 'user-agent': 'bench/1' }, body: Buffer.from(body), peer: { address: '127.0.0.1' }, receivedAt: clock.now(), transport: 'https',
    get signal() { return signal ??= new AbortController().signal; },
  };
  const answer = await router(request, { info: requestInfoOf(method, path, query), user, warnings: [], auditAnnotations: {} });
  if (answer.kind !== 'buffered' || answer.status >= 300) throw new Error(`${method} ${target}: no success`);
}

async function measure(name: string, write: (index: number) => Promise<void>): Promise<void> {
  const batches: number[] = [];
  for (let from = 0; from < PODS; from += BATCH) {
    const before = process.cpuUsage();
    await Promise.all(Array.from({ length: BATCH }, (_, index) => write(from + index)));
    while (storage.backend.feed.revision < (await storage.etcd.range({ key: 'x', countOnly: true })).revision) await new Promise((resolve) => { setImmediate(resolve); });
    const { user: userMicros, system } = process.cpuUsage(before);
    batches.push((userMicros + system) / BATCH);
  }
  const all = batches.reduce((sum, one) => sum + one, 0) / batches.length;
  batches.sort((a, b) => a - b);
  process.stdout.write(`${name.padEnd(8)} least ${batches[0]?.toFixed(0)} µs, lower quarter ${batches[batches.length >> 2]?.toFixed(0)} µs, mean with warm-up ${all.toFixed(0)} µs\n`);
}

const pods = `/api/v1/namespaces/${NAMESPACE}/pods`;
const metadata = (name: string, namespace?: string): KubeObject['metadata'] => ({ name, ...(namespace !== undefined && { namespace }) });
await writer.create({ group: '', resource: 'namespaces' }, { kind: 'Namespace', apiVersion: 'v1', metadata: metadata(NAMESPACE) });
await writer.create({ group: '', resource: 'serviceaccounts' }, { kind: 'ServiceAccount', apiVersion: 'v1', metadata: metadata('default', NAMESPACE) });

function pod(index: number): string {
  const probe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 5 };
  const resources = { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '200m', memory: '128Mi' } };
  const container = { name: 'main', image: 'registry.example.com/app:1.0', command: ['/bin/app', '--serve'], env: [{ name: 'A', value: '1' }, { name: 'B', value: '2' }], ports: [{ containerPort: 8080, protocol: 'TCP' }], resources, readinessProbe: probe };
  return JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: `pod-${index}`, namespace: NAMESPACE, labels: { app: 'load', tier: `t${index % 10}` }, annotations: { 'example.com/note': '0' } }, spec: { nodeName: `node-${index % 100}`, automountServiceAccountToken: false, containers: [container] } });
}

const STRATEGIC = 'application/strategic-merge-patch+json';
const STATUS = JSON.stringify({ status: { phase: 'Running', podIP: '10.0.0.1', conditions: [{ type: 'Ready', status: 'True' }] } });
for (let round = 0; round < 2; round++) {
  await measure('create', (index) => send('POST', pods, 'application/json', pod(index)));
  await measure('patch', (index) => send('PATCH', `${pods}/pod-${index}`, STRATEGIC, `{"metadata":{"annotations":{"example.com/note":"${index + 1}"}}}`));
  await measure('status', (index) => send('PATCH', `${pods}/pod-${index}/status`, STRATEGIC, STATUS));
  await measure('delete', (index) => send('DELETE', `${pods}/pod-${index}?gracePeriodSeconds=0`));
}
tasks.stop();
await tasks.done();
await storage[Symbol.asyncDispose]();
