import { compareQuantities, formatQuantity, parseQuantity, type Quantity, quantityFromNumber, subtractQuantities, zeroQuantity } from '@kubernode/apimachinery';
import type { Threshold } from '../eviction/thresholds.ts';
import { valueOf } from '../eviction/thresholds.ts';
import type { HostFacts } from './host-facts.ts';

/** What of a node pods may not have, by resource, as `--system-reserved` and `--kube-reserved` say. */
export interface Reservations {
  system: Readonly<Record<string, string>>;
  kube: Readonly<Record<string, string>>;
  /** Hard thresholds keep memory and disk free. */
  thresholds: readonly Threshold[];
}

export interface ResourceInput { host: HostFacts; maxPods: number; /** Per core; 0 for no such limit. */ podsPerCore?: number; reserved?: Reservations }

const NOTHING_RESERVED: Reservations = { system: {}, kube: {}, thresholds: [] };

/** All that the node has. */
export function capacity({ host, maxPods, podsPerCore = 0 }: ResourceInput): Record<string, string> {
  const pages = Object.fromEntries(host.hugepages.map(({ sizeBytes, count }) => [`hugepages-${binary(sizeBytes)}`, count === 0 ? '0' : binary(sizeBytes * count)]));
  return {
    cpu: String(host.cpus), 'ephemeral-storage': binary(host.diskBytes), ...pages, memory: binary(host.memoryBytes),
    pods: String(podsPerCore > 0 ? Math.min(host.cpus * podsPerCore, maxPods) : maxPods),
  };
}

/** What pods may ask for: capacity without what is reserved, and memory without huge pages. */
export function allocatable(input: ResourceInput): Record<string, string> {
  const { host, reserved = NOTHING_RESERVED } = input;
  const whole = capacity(input);
  const left = Object.fromEntries(Object.entries(whole).map(([resource, text]) => [resource, formatQuantity(withoutReserved(resource, { whole: parseQuantity(text), host, reserved }))]));
  const pages = Object.entries(whole).filter(([resource]) => resource.startsWith('hugepages-')).map(([, text]) => parseQuantity(text));
  return { ...left, memory: formatQuantity(pages.reduce(less, parseQuantity(left['memory'] ?? '0'))) };
}

const binary = (bytes: number): string => formatQuantity(quantityFromNumber(bytes, 'BinarySI'));

function less(from: Quantity, amount: Quantity): Quantity {
  const left = subtractQuantities(from, amount);
  return compareQuantities(left, zeroQuantity) < 0 ? { ...from, nanos: 0n } : left;
}

function withoutReserved(resource: string, { whole, host, reserved: { system, kube, thresholds } }: { whole: Quantity; host: HostFacts; reserved: Reservations }): Quantity {
  const named = [system[resource], kube[resource]].filter((text) => text !== undefined).map(parseQuantity);
  const kept = keptFree(resource, { host, thresholds });
  const left = named.reduce(less, whole);
  // Disk is told in plain bytes once something of it is kept free, as the kubelet does.
  return kept === 0 ? left : { ...less(left, quantityFromNumber(kept)), format: resource === 'ephemeral-storage' ? 'DecimalSI' : left.format };
}

function keptFree(resource: string, { host, thresholds }: { host: HostFacts; thresholds: readonly Threshold[] }): number {
  const [signal, most] = resource === 'memory' ? ['memory.available', host.memoryBytes] as const : resource === 'ephemeral-storage' ? ['nodefs.available', host.diskBytes] as const : [undefined, 0] as const;
  const hard = thresholds.find((one) => one.signal === signal && one.graceMs === 0);
  return hard === undefined ? 0 : valueOf(hard.value, most);
}
