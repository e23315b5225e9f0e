import { parseLabelSelector } from '@kubernode/apimachinery';
import type { RawRequest } from '@kubernode/client';
import type { Reach } from '@kubernode/controller';
import { createFakeClient, createFakeClock } from '@kubernode/testing';
import type { Autoscaler } from './autoscaler-snapshot.ts';
import { ClusterResources } from '../scale/cluster-resources.ts';
import type { MetricQuery, Reading } from './metric-reading.ts';
import { readMetric } from './metrics-reader.ts';
import { findTarget } from './scale-target.ts';

type Answers = Readonly<Record<string, unknown>>;

const DISCOVERY = {
  kind: 'APIGroupDiscoveryList',
  items: [{ metadata: { name: 'apps' }, versions: [{ version: 'v1', resources: [{ resource: 'deployments', responseKind: { kind: 'Deployment' }, scope: 'Namespaced', verbs: [] }, { resource: 'daemonsets', responseKind: { kind: 'DaemonSet' }, scope: 'Namespaced', verbs: [] }] }] }],
};
const GROUPS = { kind: 'APIGroupList', groups: [{ name: 'custom.metrics.k8s.io', versions: [{ version: 'v1beta1' }], preferredVersion: { version: 'v1beta1' } }] };

/** A server that has these answers; all else is not found, in plain text. */
function serverOf(answers: Answers, groups: unknown = GROUPS): { reach: Reach; asked: string[] } {
  const asked: string[] = [];
  const request = ({ path, accept = '' }: RawRequest): Promise<{ status: number; contentType: string; body: Buffer; warnings: string[] }> => {
    asked.push(path);
    const found = path === '/apis' && !accept.includes('APIGroupDiscoveryList') ? groups : path === '/api' || path === '/apis' ? (path === '/api' ? { kind: 'APIGroupDiscoveryList' } : DISCOVERY) : answers[path];
    const text = found === undefined ? '404 page not found\n' : JSON.stringify(found);
    return Promise.resolve({ status: found === undefined ? 404 : (found as { code?: number }).code ?? 200, contentType: '', body: Buffer.from(text), warnings: [] }); // a Status has a code
  };
  return { asked, reach: { client: { ...createFakeClient(), request }, signal: new AbortController().signal } };
}

async function read(query: MetricQuery, answers: Answers, groups?: unknown): Promise<Reading> {
  const { reach } = serverOf(answers, groups);
  return readMetric(query, { namespace: 'ns', selector: parseLabelSelector('app=web'), resources: new ClusterResources(createFakeClock()) }, reach);
}

const AT = '2026-01-01T00:00:00Z';
const AT_MS = Date.parse(AT);
const cpu = (container = ''): MetricQuery => ({ from: 'resource', resource: 'cpu', container });
const POD_METRICS = '/apis/metrics.k8s.io/v1beta1/namespaces/ns/pods?labelSelector=app%3Dweb';
const twoContainers = { items: [{ metadata: { name: 'a' }, timestamp: AT, window: '30s', containers: [{ name: 'main', usage: { cpu: '250m' } }, { name: 'side', usage: { cpu: '1' } }] }, { metadata: { name: 'b' }, timestamp: AT, window: '30s', containers: [{ name: 'main', usage: { cpu: '5m' } }, { name: 'side', usage: {} }] }] };

test.each<[string, MetricQuery, Answers, Reading]>([
  ['of pods, all containers told', cpu(), { [POD_METRICS]: twoContainers }, { pods: new Map([['a', { milli: 1250, atMs: AT_MS, windowMs: 30_000 }]]) }],
  ['of one container', cpu('main'), { [POD_METRICS]: twoContainers }, { pods: new Map([['a', { milli: 250, atMs: AT_MS, windowMs: 30_000 }], ['b', { milli: 5, atMs: AT_MS, windowMs: 30_000 }]]) }],
  ['of none', cpu(), { [POD_METRICS]: { items: [] } }, { fault: 'no metrics returned from resource metrics API' }],
  ['from nobody', cpu(), {}, { fault: 'unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)' }],
  ['refused', cpu(), { [POD_METRICS]: { kind: 'Status', code: 403, message: 'pods.metrics.k8s.io is forbidden' } }, { fault: 'unable to fetch metrics from resource metrics API: pods.metrics.k8s.io is forbidden' }],
  ['custom, of pods', { from: 'pods', metric: { name: 'qps', selector: { matchLabels: { q: 'a' } } } }, { '/apis/custom.metrics.k8s.io/v1beta1/namespaces/ns/pods/*/qps?labelSelector=app%3Dweb&metricLabelSelector=q%3Da': { items: [{ describedObject: { name: 'a' }, timestamp: AT, window: 10, value: '7' }, { describedObject: { name: 'b' }, timestamp: AT, value: '500m' }] } }, { pods: new Map([['a', { milli: 7000, atMs: AT_MS, windowMs: 10_000 }], ['b', { milli: 500, atMs: AT_MS, windowMs: 60_000 }]]) }],
  ['custom, of an object', { from: 'object', metric: { name: 'hits' }, object: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } }, { '/apis/custom.metrics.k8s.io/v1beta1/namespaces/ns/deployments.apps/web/hits': { items: [{ value: '2k' }] } }, { value: 2_000_000 }],
  ['custom, of a namespace', { from: 'object', metric: { name: 'hits' }, object: { apiVersion: 'v1', kind: 'Namespace', name: 'other' } }, { '/apis/custom.metrics.k8s.io/v1beta1/namespaces/ns/metrics/hits': { items: [{ value: '1' }] } }, { value: 1000 }],
  ['custom, of a kind that is not there', { from: 'object', metric: { name: 'hits' }, object: { apiVersion: 'x.io/v1', kind: 'Thing', name: 't' } }, {}, { fault: 'unable to fetch metrics from custom metrics API: unable to map kind Thing.x.io to resource: no matches for kind "Thing" in group "x.io"' }],
  ['external', { from: 'external', metric: { name: 'queue' } }, { '/apis/external.metrics.k8s.io/v1beta1/namespaces/ns/queue': { items: [{ value: '1' }, { value: '2' }] } }, { values: [1000, 2000] }],
  ['external, from nobody', { from: 'external', metric: { name: 'queue' } }, {}, { fault: 'unable to fetch metrics from external metrics API: the server could not find the requested resource (get queue.external.metrics.k8s.io)' }],
])('metrics %s', async (_name, query, answers, want) => { expect(await read(query, answers)).toEqual(want); });

test('without an API of custom metrics, its name is told', async () => {
  expect(await read({ from: 'pods', metric: { name: 'qps' } }, {}, { kind: 'APIGroupList', groups: [] })).toEqual({ fault: 'unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered' });
});

function autoscalerOf(apiVersion: string, kind: string): Autoscaler {
  return { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'h', namespace: 'ns' }, spec: { maxReplicas: 1, scaleTargetRef: { apiVersion, kind, name: 'web' } } };
}

test.each<[string, string, Answers, unknown]>([
  ['apps/v1', 'Deployment', { '/apis/apps/v1/namespaces/ns/deployments/web/scale': { kind: 'Scale', spec: { replicas: 2 } } }, { scale: { kind: 'Scale', spec: { replicas: 2 } } }],
  ['apps/v1', 'Deployment', { '/apis/apps/v1/namespaces/ns/deployments/web/scale': { kind: 'Status', code: 404, message: 'deployments.apps "web" not found' } }, { fault: 'deployments.apps "web" not found' }],
  ['apps/v1', 'DaemonSet', {}, { fault: 'the server could not find the requested resource (get daemonsets web)' }],
  ['apps/v1', 'Thing', {}, { fault: 'no matches for kind "Thing" in group "apps"' }],
  ['a/b/c', 'Thing', {}, { fault: 'unexpected GroupVersion string: a/b/c' }],
])('the target %s %s', async (apiVersion, kind, answers, want) => {
  expect(await findTarget(autoscalerOf(apiVersion, kind), new ClusterResources(createFakeClock()), serverOf(answers).reach)).toMatchObject(want as object);
});

test('what the cluster serves is asked again when something is not found, and after a while', async () => {
  const clock = createFakeClock();
  const resources = new ClusterResources(clock);
  const { reach, asked } = serverOf({});
  const look = (kind: string): Promise<boolean> => resources.ofKind({ group: 'apps', kind }, reach).then(() => true, () => false);
  const counts: number[] = [];
  for (const [kind, waitMs] of [['Deployment', 0], ['Deployment', 1000], ['Thing', 1000], ['Deployment', 29_000], ['Deployment', 2000]] as const) {
    await clock.advance(waitMs);
    await look(kind);
    counts.push(asked.length / 3);
  }
  expect(counts).toEqual([1, 1, 2, 2, 3]);
});
