import { quantityMilliValue, quantityValue } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';

/** Amounts by resource: cpu in thousandths, all others in whole units. */
export type Amounts = ReadonlyMap<string, number>;

type Quantities = Readonly<Record<string, string>> | undefined;

/** What a container that asks for nothing is thought to use, so that such pods spread, too. */
const DEFAULT_CPU_MILLI = 100;
const DEFAULT_MEMORY_BYTES = 200 * 1024 * 1024;

export function amountsOf(quantities: Quantities): Map<string, number> {
  const amounts = new Map<string, number>();
  for (const [name, text] of Object.entries(quantities ?? {})) amounts.set(name, name === 'cpu' ? quantityMilliValue(text) : quantityValue(text));
  return amounts;
}

/**
 * What a pod needs of a node: its containers and sidecars together, or its largest init container (with the sidecars started before
 * it), whichever is more; and the runtime's overhead. Requests of the pod as a whole win over those of its containers.
 */
export function podRequests(pod: Readonly<coreV1.Pod>): Amounts {
  return sumUp(pod, (container) => amountsOf(container.resources?.requests));
}

/** The same for scoring, where containers that ask for no cpu or memory count with a default. */
export function podScoringRequests(pod: Readonly<coreV1.Pod>): { cpu: number; memory: number } {
  const sums = sumUp(pod, ({ resources }) => {
    const { requests = {} } = resources ?? {};
    return new Map([
      ['cpu', requests['cpu'] === undefined ? DEFAULT_CPU_MILLI : quantityMilliValue(requests['cpu'])],
      ['memory', requests['memory'] === undefined ? DEFAULT_MEMORY_BYTES : quantityValue(requests['memory'])],
    ]);
  });
  return { cpu: sums.get('cpu') ?? 0, memory: sums.get('memory') ?? 0 };
}

function sumUp({ spec }: Readonly<coreV1.Pod>, of: (container: Readonly<coreV1.Container>) => Map<string, number>): Map<string, number> {
  const total = new Map<string, number>();
  for (const container of spec?.containers ?? []) add(total, of(container));
  const sidecars = new Map<string, number>();
  const initPeak = new Map<string, number>();
  for (const container of spec?.initContainers ?? []) {
    const needs = of(container);
    if (container.restartPolicy === 'Always') { add(total, needs); add(sidecars, needs); raise(initPeak, sidecars); } else {
      add(needs, sidecars);
      raise(initPeak, needs);
    }
  }
  raise(total, initPeak);
  for (const [name, amount] of amountsOf(spec?.resources?.requests)) total.set(name, amount);
  add(total, amountsOf(spec?.overhead));
  return total;
}

function add(into: Map<string, number>, amounts: Amounts): void {
  for (const [name, amount] of amounts) into.set(name, (into.get(name) ?? 0) + amount);
}

function raise(into: Map<string, number>, amounts: Amounts): void {
  for (const [name, amount] of amounts) into.set(name, Math.max(into.get(name) ?? 0, amount));
}
