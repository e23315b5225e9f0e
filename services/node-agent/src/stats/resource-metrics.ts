import { Exposition, labelText } from '@kubernode/component-base';
import type { GroupFigures, NodeFigures } from './node-stats.ts';

const NS_PER_SECOND = 1e9;

/** /metrics/resource: what metrics servers read. Pure. */
export function resourceMetrics({ node, pods }: NodeFigures): string {
  const out = new Exposition();
  declare(out);
  addGroup(out, { of: 'node', labels: '' }, node);
  for (const pod of pods) {
    const { name, namespace } = pod;
    for (const container of pod.containers) {
      const labels = labelText({ container: container.name, namespace, pod: name });
      addGroup(out, { of: 'container', labels }, container);
      if (container.startedAtMs > 0) out.add('container_start_time_seconds', labels, container.startedAtMs / 1000);
      out.add('container_swap_limit_bytes', labels, container.usage?.memory?.swapLimitBytes, container.usage?.atMs);
    }
    addGroup(out, { of: 'pod', labels: labelText({ namespace, pod: name }) }, pod);
  }
  const isMissing = node.usage === undefined ? 1 : 0;
  out.add('resource_scrape_error', '', isMissing);
  out.add('scrape_error', '', isMissing);
  return out.toString();
}

function addGroup(out: Exposition, { of, labels }: { of: 'node' | 'container' | 'pod'; labels: string }, { usage }: GroupFigures): void {
  if (usage === undefined) return;
  if (usage.cpu) out.add(`${of}_cpu_usage_seconds_total`, labels, usage.cpu.usageNs / NS_PER_SECOND, usage.atMs);
  out.add(`${of}_memory_working_set_bytes`, labels, usage.memory?.workingSetBytes, usage.atMs);
  out.add(`${of}_swap_usage_bytes`, labels, usage.memory?.swapBytes, usage.atMs);
}

function declare(out: Exposition): void {
  for (const of of ['node', 'container', 'pod']) {
    out.declare(`${of}_cpu_usage_seconds_total`, 'counter', `[STABLE] Cumulative cpu time consumed by the ${of} in core-seconds`);
    out.declare(`${of}_memory_working_set_bytes`, 'gauge', `[STABLE] Current working set of the ${of} in bytes`);
    out.declare(`${of}_swap_usage_bytes`, 'gauge', `[ALPHA] Current swap usage of the ${of} in bytes. Reported only on non-windows systems`);
  }
  out.declare('container_start_time_seconds', 'gauge', '[STABLE] Start time of the container since unix epoch in seconds');
  out.declare('container_swap_limit_bytes', 'gauge', '[ALPHA] Current amount of the container swap limit in bytes. Reported only on non-windows systems');
  out.declare('resource_scrape_error', 'gauge', '[STABLE] 1 if there was an error while getting container metrics, 0 otherwise');
  out.declare('scrape_error', 'gauge', '[ALPHA] (Deprecated since 1.29.0) 1 if there was an error while getting container metrics, 0 otherwise');
}
