import { timeToMs } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { conditionOf } from '../conditions.ts';

interface Seen { serviceMs: number; podMs: ReadonlyMap<string, number> }

/**
 * When what changes endpoints happened: the earliest turn of a pod's readiness, or the Service's creation, that was not there at the
 * last look. Kubernetes writes it down so that the way from pod to proxy can be timed.
 */
export class TriggerTimes {
  readonly #seen = new Map<string, Seen>();

  /** Wall-clock ms; undefined when nothing that has a time came since the last look. */
  next(key: string, service: Readonly<coreV1.Service>, pods: readonly Readonly<coreV1.Pod>[]): number | undefined {
    const before = this.#seen.get(key);
    const serviceMs = timeToMs(service.metadata.creationTimestamp) ?? 0;
    const podMs = new Map(pods.flatMap((pod): [string, number][] => { const ms = readinessTurnedMs(pod); return ms === undefined ? [] : [[pod.metadata.name, ms]]; }));
    this.#seen.set(key, { serviceMs, podMs });
    if (before === undefined) return serviceMs;
    const since = [...podMs].flatMap(([name, ms]) => (ms > (before.podMs.get(name) ?? 0) ? [ms] : []));
    if (serviceMs > before.serviceMs) since.push(serviceMs);
    return since.length === 0 ? undefined : Math.min(...since);
  }

  forget(key: string): void { this.#seen.delete(key); }
}

function readinessTurnedMs({ status }: Readonly<coreV1.Pod>): number | undefined {
  return timeToMs(conditionOf(status?.conditions, 'Ready')?.lastTransitionTime) ?? undefined;
}

const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';

/** Annotations with the time of what triggered this write, or without when it is not known. */
export function withTriggerTime(annotations: Readonly<Record<string, string>> | undefined, triggerMs: number | undefined): Record<string, string> {
  const { [TRIGGER_TIME]: _last, ...others } = annotations ?? {};
  return { ...others, ...(triggerMs !== undefined && { [TRIGGER_TIME]: new Date(triggerMs).toISOString().replace('.000Z', 'Z') }) };
}

/** Annotations that say nothing of triggers. */
export function withoutTriggerTime(annotations: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return withTriggerTime(annotations, undefined);
}
