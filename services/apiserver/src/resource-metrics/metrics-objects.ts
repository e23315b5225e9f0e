import type { coreV1 } from '@kubernode/api';
import { formatDuration, formatTime, type KubeObject } from '@kubernode/apimachinery';
import type { Node, NodeLooks } from './node-usage.ts';
import { podUsage, usageBetween, type Usage } from './usage.ts';

export const METRICS_GROUP = 'metrics.k8s.io';
export const METRICS_VERSION = 'v1beta1';
const API_VERSION = `${METRICS_GROUP}/${METRICS_VERSION}`;

export type Pod = coreV1.Pod & KubeObject;

/** Undefined while nothing is known of the node. Pure. */
export function nodeMetrics({ metadata: { name, labels } }: Readonly<Node>, looks: NodeLooks | undefined, now: number): KubeObject | undefined {
  const found = usageBetween(looks?.before?.node, looks?.now.node);
  if (found === undefined) return undefined;
  return { kind: 'NodeMetrics', apiVersion: API_VERSION, metadata: { name, creationTimestamp: formatTime(now), ...(labels && { labels: { ...labels } }) }, ...timesOf(found), usage: found.usage };
}

/** Undefined while nothing is known of the pod. Pure. */
export function podMetrics({ metadata: { name, namespace = '', labels } }: Readonly<Pod>, looks: NodeLooks | undefined, now: number): KubeObject | undefined {
  const containers = looks === undefined ? undefined : podUsage(`${namespace}/${name}`, looks.before, looks.now);
  const [first] = containers?.values() ?? [];
  if (containers === undefined || first === undefined) return undefined;
  return {
    kind: 'PodMetrics', apiVersion: API_VERSION, metadata: { name, namespace, creationTimestamp: formatTime(now), ...(labels && { labels: { ...labels } }) },
    ...timesOf(first), containers: [...containers].map(([container, { usage }]) => ({ name: container, usage })),
  };
}

function timesOf({ atMs, windowMs }: Usage): { timestamp: string; window: string } {
  return { timestamp: formatTime(atMs), window: formatDuration(windowMs) };
}
