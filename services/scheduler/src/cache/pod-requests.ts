import { quantityMilliValue, quantityValue } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';

type Pod = Readonly<coreV1.Pod>;
type Quantities = Readonly<Record<string, string>> | undefined;
type ContainerRequests = (container: Readonly<coreV1.Container>) => Amounts;

/** Amounts by resource: cpu in thousandths, all others in whole units. */
export type Amounts = ReadonlyMap<string, number>;

/** What a container that asks for nothing is thought to use, so that such pods spread, too. */
const DEFAULT_CPU_MILLI = 100;
const DEFAULT_MEMORY_BYTES = 200 * 1024 * 1024;

export function amountsOf(quantities: Quantities): Map<string, number> {
  const amounts = new Map<string, number>();
  for (const name in quantities) amounts.set(name, amountOf(name, quantities[name] ?? '0'));
  return amounts;
}

function amountOf(resource: string, text: string): number { return resource === 'cpu' ? quantityMilliValue(text) : quantityValue(text); }

/**
 * What a pod needs of a node: its containers and sidecars together, or its largest init container (with the sidecars started before
 * it), whichever is more; and the runtime's overhead. Requests of the pod as a whole win over those of its containers. Where a resize is
 * under way, what the kubelet gave or promised counts as long as it is more.
 */
export function podRequests(pod: Pod): Amounts {
  const effective = effectiveRequests(pod);
  return sumUp(pod, (container) => effective(container.name, container.resources?.requests));
}

/** The same for scoring, where containers that ask for no cpu or memory count with a default. */
export function podScoringRequests(pod: Pod): { cpu: number; memory: number } {
  const effective = effectiveRequests(pod);
  const sums = sumUp(pod, (container) => {
    const requests = effective(container.name, container.resources?.requests);
    return new Map([['cpu', requests.get('cpu') ?? DEFAULT_CPU_MILLI], ['memory', requests.get('memory') ?? DEFAULT_MEMORY_BYTES]]);
  });
  return { cpu: sums.get('cpu') ?? 0, memory: sums.get('memory') ?? 0 };
}

function sumUp(pod: Pod, of: ContainerRequests): Map<string, number> {
  const { spec, status } = pod;
  const total = new Map<string, number>();
  for (const container of spec?.containers ?? []) add(total, of(container));
  if (spec?.initContainers !== undefined) raise(total, initPeak(spec.initContainers, of, total));
  const stated = spec?.resources?.requests;
  if (stated !== undefined && Object.keys(stated).some(isPodLevel)) {
    const effective = status?.resources === undefined ? amountsOf(stated) : largest(pod, stated, status.resources.requests, status.allocatedResources);
    for (const name of Object.keys(stated)) if (isPodLevel(name)) total.set(name, effective.get(name) ?? 0);
  }
  if (spec?.overhead !== undefined) add(total, amountsOf(spec.overhead));
  return total;
}

/** The most that starting up takes; sidecars, which stay, are added to `total` on the way. */
function initPeak(initContainers: readonly coreV1.Container[], of: ContainerRequests, total: Map<string, number>): Map<string, number> {
  const sidecars = new Map<string, number>();
  const peak = new Map<string, number>();
  for (const container of initContainers) {
    const needs = of(container);
    if (container.restartPolicy === 'Always') { add(total, needs); add(sidecars, needs); raise(peak, sidecars); } else {
      const together = new Map(needs);
      add(together, sidecars);
      raise(peak, together);
    }
  }
  return peak;
}

/** The resources that may be stated for a pod as a whole. */
function isPodLevel(resource: string): boolean { return resource === 'cpu' || resource === 'memory' || resource.startsWith('hugepages-'); }

/** What each container has or will have. */
function effectiveRequests(pod: Pod): (name: string, stated: Quantities) => Amounts {
  const { status, spec } = pod;
  if (status?.containerStatuses?.some(({ resources }) => resources !== undefined) !== true && status?.initContainerStatuses?.some(({ resources }) => resources !== undefined) !== true) return (_name, stated) => amountsOf(stated);
  const passing = new Set((spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy !== 'Always').map(({ name }) => name)); // they cannot be resized
  const statuses = new Map([...status.containerStatuses ?? [], ...status.initContainerStatuses ?? []].filter(({ name }) => !passing.has(name)).map((one) => [one.name, one]));
  return (name, stated) => {
    const known = statuses.get(name);
    return known?.resources === undefined ? amountsOf(stated) : largest(pod, stated, known.resources.requests, known.allocatedResources);
  };
}

/** A resize that the node cannot do does not count. */
function largest(pod: Pod, stated: Quantities, actual: Quantities, promised: Quantities): Amounts {
  const infeasible = pod.status?.conditions?.find(({ type }) => type === 'PodResizePending')?.reason === 'Infeasible';
  const amounts = infeasible ? new Map<string, number>() : amountsOf(stated);
  raise(amounts, amountsOf(actual));
  raise(amounts, amountsOf(promised));
  return amounts;
}

function add(into: Map<string, number>, amounts: Amounts): void {
  for (const [name, amount] of amounts) into.set(name, (into.get(name) ?? 0) + amount);
}

function raise(into: Map<string, number>, amounts: Amounts): void {
  for (const [name, amount] of amounts) into.set(name, Math.max(into.get(name) ?? 0, amount));
}
