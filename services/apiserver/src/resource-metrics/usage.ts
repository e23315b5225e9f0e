import { formatQuantity, quantityFromNumber } from '@kubernode/apimachinery';
import type { NodeSamples, UsageSample } from './parse-exposition.ts';

/** What something used over a time, in quantities as the API writes them. */
export interface Usage { usage: { cpu: string; memory: string }; atMs: number; windowMs: number }

const NANOS = 1e9;

/** Undefined where two samples do not tell: no time between them, or a counter that began anew. Pure. */
export function usageBetween(before: UsageSample | undefined, now: UsageSample | undefined): Usage | undefined {
  if (before === undefined || now === undefined) return undefined;
  const windowMs = now.atMs - before.atMs;
  const cpuSeconds = now.cpuSeconds - before.cpuSeconds;
  if (windowMs <= 0 || cpuSeconds < 0) return undefined;
  const nanos = BigInt(Math.round((cpuSeconds / (windowMs / 1000)) * NANOS));
  return { usage: { cpu: formatQuantity({ nanos, format: 'DecimalSI' }), memory: formatQuantity(quantityFromNumber(now.memoryBytes, 'BinarySI')) }, atMs: now.atMs, windowMs };
}

/** The usage of each container of a pod; undefined unless each was looked at twice: half a pod misleads those who scale. Pure. */
export function podUsage(key: string, before: NodeSamples | undefined, now: NodeSamples): ReadonlyMap<string, Usage> | undefined {
  const containers = now.pods.get(key);
  if (containers === undefined || containers.size === 0) return undefined;
  const usages = new Map<string, Usage>();
  for (const [name, sample] of containers) {
    const usage = usageBetween(before?.pods.get(key)?.get(name), sample);
    if (usage === undefined) return undefined;
    usages.set(name, usage);
  }
  return usages;
}
