import { addQuantities, compareQuantities, parseQuantity, quantityFromNumber, zeroQuantity, type Quantity } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { isFinished } from '../pods.ts';

/** Amounts by the names that quotas use. */
export type Usage = ReadonlyMap<string, Quantity>;

type Pod = Readonly<coreV1.Pod>;
type List = Readonly<Record<string, string>> | undefined;
type Requirement = Readonly<coreV1.ScopedResourceSelectorRequirement>;

const one = quantityFromNumber(1);
/** Resources that a quota may name without `requests.`. */
const SHORT_NAMES = new Set(['cpu', 'memory', 'ephemeral-storage']);

export function sum(usages: readonly Usage[]): Usage {
  const total = new Map<string, Quantity>();
  for (const usage of usages) for (const [name, amount] of usage) total.set(name, addQuantities(total.get(name) ?? zeroQuantity, amount));
  return total;
}

/** Whatever is only counted: `count/deployments.apps`, and by its older name. */
export function countOf(name: string, old?: string): Usage {
  return new Map([[name, one], ...(old === undefined ? [] : [[old, one] as const])]);
}

/** An ended pod costs no more than its object. */
export function podUsage(pod: Pod): Usage {
  const usage = new Map<string, Quantity>([['count/pods', one]]);
  if (isFinished(pod)) return usage;
  usage.set('pods', one);
  for (const [name, amount] of podSums(pod, ({ resources }) => resources?.requests)) {
    usage.set(`requests.${name}`, amount);
    if (SHORT_NAMES.has(name)) usage.set(name, amount);
  }
  for (const [name, amount] of podSums(pod, ({ resources }) => resources?.limits)) usage.set(`limits.${name}`, amount);
  return usage;
}

/** Containers together, or the largest init container with the sidecars started before it; and the overhead. */
function podSums({ spec }: Pod, of: (container: Readonly<coreV1.Container>) => List): Usage {
  let total = sum((spec?.containers ?? []).map((container) => amounts(of(container))));
  let sidecars: Usage = new Map();
  let peak: Usage = new Map();
  for (const container of spec?.initContainers ?? []) {
    const needs = sum([sidecars, amounts(of(container))]);
    if (container.restartPolicy === 'Always') { sidecars = needs; total = sum([total, amounts(of(container))]); }
    peak = larger(peak, needs);
  }
  return sum([larger(total, peak), amounts(spec?.overhead)]);
}

function larger(a: Usage, b: Usage): Usage {
  const names = new Set([...a.keys(), ...b.keys()]);
  return new Map([...names].map((name) => {
    const [left, right] = [a.get(name) ?? zeroQuantity, b.get(name) ?? zeroQuantity];
    return [name, compareQuantities(left, right) >= 0 ? left : right];
  }));
}

function amounts(list: List): Usage { return new Map(Object.entries(list ?? {}).map(([name, text]) => [name, parseQuantity(text)])); }

export function serviceUsage({ spec }: Readonly<coreV1.Service>): Usage {
  const ports = spec?.ports?.length ?? 0;
  const balanced = spec?.type === 'LoadBalancer';
  const nodePorts = spec?.type === 'NodePort' || (balanced && spec.allocateLoadBalancerNodePorts !== false) ? ports : 0;
  return new Map([['count/services', one], ['services', one], ['services.nodeports', quantityFromNumber(nodePorts)], ['services.loadbalancers', quantityFromNumber(balanced ? 1 : 0)]]);
}

export function claimUsage({ spec }: Readonly<coreV1.PersistentVolumeClaim>): Usage {
  const storage = parseQuantity(spec?.resources?.requests?.['storage'] ?? '0');
  const ofClass = `${spec?.storageClassName ?? ''}.storageclass.storage.k8s.io`;
  return new Map([['count/persistentvolumeclaims', one], ['persistentvolumeclaims', one], ['requests.storage', storage], [`${ofClass}/requests.storage`, storage], [`${ofClass}/persistentvolumeclaims`, one]]);
}

/** Which pods a quota with scopes counts. */
export function inScope(pod: Pod, { scopes = [], scopeSelector }: Readonly<coreV1.ResourceQuotaSpec>): boolean {
  const requirements: readonly Requirement[] = [...scopes.map((scopeName) => ({ scopeName, operator: 'Exists' })), ...scopeSelector?.matchExpressions ?? []];
  return requirements.every((requirement) => meets(pod, requirement));
}

function meets({ spec, status }: Pod, { scopeName, operator, values = [] }: Requirement): boolean {
  switch (scopeName) {
    case 'Terminating': return spec?.activeDeadlineSeconds !== undefined;
    case 'NotTerminating': return spec?.activeDeadlineSeconds === undefined;
    case 'BestEffort': return status?.qosClass === 'BestEffort';
    case 'NotBestEffort': return status?.qosClass !== 'BestEffort';
    case 'PriorityClass': {
      const name = spec?.priorityClassName ?? '';
      return operator === 'Exists' ? name !== '' : operator === 'DoesNotExist' ? name === '' : values.includes(name) === (operator === 'In');
    }
    case 'CrossNamespacePodAffinity': return crossesNamespaces(spec?.affinity) === (operator !== 'DoesNotExist');
    default: return false;
  }
}

function crossesNamespaces(affinity: Readonly<coreV1.Affinity> | undefined): boolean {
  const terms = [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap((one) => [...one?.requiredDuringSchedulingIgnoredDuringExecution ?? [], ...(one?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm)]);
  return terms.some(({ namespaces = [], namespaceSelector }) => namespaces.length > 0 || namespaceSelector !== undefined);
}
