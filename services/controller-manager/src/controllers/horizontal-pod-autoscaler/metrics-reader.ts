import { formatLabelSelector, isJsonObject, parseApiVersion, parseDuration, quantityMilliValue, selectorFromLabelSelector, timeToMs, type LabelSelector } from '@kubernode/apimachinery';
import type { autoscalingV2 } from '@kubernode/api';
import { errorMessage, isAbortError } from '@kubernode/base';
import type { Reach } from '@kubernode/controller';
import type { ClusterResources } from '../scale/cluster-resources.ts';
import { MetricFault } from './metric-fault.ts';
import type { MetricQuery, Reading } from './metric-reading.ts';
import type { PodUsage } from './pod-usage.ts';
import { responseFault, type Asked } from '../scale/response-fault.ts';

const CUSTOM = 'custom.metrics.k8s.io';
const EXTERNAL = 'external.metrics.k8s.io';
const RESOURCE = 'metrics.k8s.io';
/** Of a custom metric that does not tell its own. */
const WINDOW_MS = 60_000;

/** Which metrics of which pods; the resources of the cluster say how objects are named in paths. */
export interface MetricsQuestion { namespace: string; selector: LabelSelector; resources: ClusterResources }

/** Asks the API that has the metric. What goes wrong is an answer too. */
export async function readMetric(query: MetricQuery, question: MetricsQuestion, reach: Reach): Promise<Reading> {
  const [what, read] = readerOf(query);
  try { return await read(question, reach); } catch (error) {
    if (isAbortError(error) && reach.signal.aborted) throw error;
    return { fault: error instanceof MetricFault ? error.message : `unable to fetch metrics from ${what} metrics API: ${errorMessage(error)}` };
  }
}

type Read = (question: MetricsQuestion, reach: Reach) => Promise<Reading>;

function readerOf(query: MetricQuery): readonly [string, Read] {
  switch (query.from) {
    case 'resource': return ['resource', (question, reach) => readResource(query, question, reach)];
    case 'pods': return ['custom', (question, reach) => readPods(query.metric, question, reach)];
    case 'object': return ['custom', (question, reach) => readObject(query, question, reach)];
    case 'external': return ['external', (question, reach) => readExternal(query.metric, question, reach)];
  }
}

/** Items of the lists that the three APIs answer with; values are quantities. */
interface Item {
  metadata?: { name?: string };
  describedObject?: { name?: string };
  timestamp?: string;
  /** A duration in resource metrics, seconds in old custom ones. */
  window?: string | number;
  windowSeconds?: number;
  containers?: { name: string; usage?: Record<string, string> }[];
  value?: string;
}

async function readResource({ resource, container }: Extract<MetricQuery, { from: 'resource' }>, { namespace, selector }: MetricsQuestion, reach: Reach): Promise<Reading> {
  const items = await list(`/apis/${RESOURCE}/v1beta1/namespaces/${namespace}/pods`, { labelSelector: formatLabelSelector(selector) }, { verb: 'get', resource: 'pods', group: RESOURCE }, reach);
  if (items.length === 0) throw new MetricFault('no metrics returned from resource metrics API');
  return { pods: new Map(items.flatMap((item) => usageOf(item, resource, container))) };
}

/** A pod of which one container is not known counts as unknown. */
function usageOf({ metadata, timestamp, window, containers = [] }: Item, resource: string, container: string): [string, PodUsage][] {
  const chosen = container === '' ? containers : containers.filter(({ name }) => name === container).slice(0, 1);
  const values = chosen.map(({ usage }) => usage?.[resource]);
  if (values.length === 0 || values.includes(undefined)) return [];
  const milli = (values as string[]).reduce((sum, one) => sum + quantityMilliValue(one), 0); // just checked
  return [[metadata?.name ?? '', { milli, atMs: timeToMs(timestamp) ?? 0, windowMs: parseDuration(String(window ?? '0s')) ?? 0 }]];
}

async function readPods(metric: autoscalingV2.MetricIdentifier, { namespace, selector, resources }: MetricsQuestion, reach: Reach): Promise<Reading> {
  const root = await customRoot(resources, reach);
  const query = { labelSelector: formatLabelSelector(selector), metricLabelSelector: selectorOf(metric) };
  const items = await list(`${root}/namespaces/${namespace}/pods/*/${encodeURIComponent(metric.name)}`, query, { verb: 'get', resource: 'pods', group: CUSTOM, name: '*' }, reach);
  if (items.length === 0) throw new MetricFault('no metrics returned from custom metrics API');
  return {
    pods: new Map(items.map(({ describedObject, timestamp, window, windowSeconds, value }) => {
      const seconds = windowSeconds ?? (typeof window === 'number' ? window : undefined);
      return [describedObject?.name ?? '', { milli: quantityMilliValue(value ?? '0'), atMs: timeToMs(timestamp) ?? 0, windowMs: seconds === undefined ? WINDOW_MS : seconds * 1000 }];
    })),
  };
}

async function readObject({ metric, object }: Extract<MetricQuery, { from: 'object' }>, { namespace, resources }: MetricsQuestion, reach: Reach): Promise<Reading> {
  const root = await customRoot(resources, reach);
  const { group } = parseApiVersion(object.apiVersion ?? '');
  const ofNamespace = object.kind === 'Namespace' && group === '';
  const resource = ofNamespace ? 'metrics' : await qualifiedResource(resources, group, object.kind, reach);
  const name = ofNamespace ? metric.name : object.name;
  const path = `${root}/namespaces/${namespace}/${resource}/${encodeURIComponent(name)}${ofNamespace ? '' : `/${encodeURIComponent(metric.name)}`}`;
  const items = await list(path, { metricLabelSelector: selectorOf(metric) }, { verb: 'get', resource, group: CUSTOM, name }, reach);
  if (items.length !== 1) throw new Error(`the custom metrics API server returned ${items.length} results when we asked for exactly one`);
  return { value: quantityMilliValue(items[0]?.value ?? '0') };
}

async function qualifiedResource(resources: ClusterResources, group: string, kind: string, reach: Reach): Promise<string> {
  try {
    const { resource } = await resources.ofKind({ group, kind }, reach);
    return group === '' ? resource : `${resource}.${group}`;
  } catch (error) { throw new Error(`unable to map kind ${group === '' ? kind : `${kind}.${group}`} to resource: ${errorMessage(error)}`, { cause: error }); }
}

async function customRoot(resources: ClusterResources, reach: Reach): Promise<string> {
  return `/apis/${CUSTOM}/${await resources.versionOf(CUSTOM, ['v1beta2', 'v1beta1'], reach)}`;
}

async function readExternal(metric: autoscalingV2.MetricIdentifier, { namespace }: MetricsQuestion, reach: Reach): Promise<Reading> {
  const items = await list(`/apis/${EXTERNAL}/v1beta1/namespaces/${namespace}/${encodeURIComponent(metric.name)}`, { labelSelector: selectorOf(metric) }, { verb: 'get', resource: metric.name, group: EXTERNAL }, reach);
  if (items.length === 0) throw new MetricFault('no metrics returned from external metrics API');
  return { values: items.map(({ value }) => quantityMilliValue(value ?? '0')) };
}

/** A metric without a selector has none, which chooses nothing less. */
function selectorOf({ selector }: autoscalingV2.MetricIdentifier): string { return selector === undefined ? '' : formatLabelSelector(selectorFromLabelSelector(selector)); }

async function list(path: string, parameters: Readonly<Record<string, string>>, asked: Asked, { client, signal }: Reach): Promise<readonly Item[]> {
  const query = Object.entries(parameters).filter(([, value]) => value !== '').map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  const response = await client.request({ method: 'GET', path: query === '' ? path : `${path}?${query}`, accept: 'application/json', signal });
  if (response.status >= 400) throw new Error(responseFault(response, asked));
  const value: unknown = JSON.parse(response.body.toString('utf8'));
  return isJsonObject(value) && Array.isArray(value['items']) ? value['items'] as unknown as Item[] : []; // lists of these APIs have such items
}
