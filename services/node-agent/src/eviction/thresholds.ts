import { compareQuantities, formatQuantity, parseQuantity, type Quantity, quantityFromNumber, unitsOf, zeroQuantity } from '@kubernode/apimachinery';
import { parseDuration, UsageError } from '@kubernode/component-base';
import { isSignal, type Signal, signalFacts } from './signals.ts';

/** An amount, or a share (0 to 1) of what there is in all. */
export type ThresholdValue = { quantity: Quantity } | { share: number };

/** The node must have more than this of what the signal watches. */
export interface Threshold {
  signal: Signal;
  value: ThresholdValue;
  /** How long it may be crossed before pods are evicted; 0 for a hard threshold. */
  graceMs: number;
  /** How much more must be free again before the threshold counts as kept. */
  minReclaim?: ThresholdValue;
}

export interface EvictionSettings {
  hard: Readonly<Record<string, string>>;
  soft: Readonly<Record<string, string>>;
  softGracePeriod: Readonly<Record<string, string>>;
  minimumReclaim: Readonly<Record<string, string>>;
  /** Pods together have their own limit of memory. */
  enforcePods: boolean;
}

export const DEFAULT_EVICTION_HARD: Readonly<Record<string, string>> = {
  'memory.available': '100Mi', 'nodefs.available': '10%', 'nodefs.inodesFree': '5%', 'imagefs.available': '15%', 'imagefs.inodesFree': '5%',
};

/** The thresholds that settings mean. @throws UsageError with the kubelet's sentence */
export function parseThresholds({ hard, soft, softGracePeriod, minimumReclaim, enforcePods }: EvictionSettings): readonly Threshold[] {
  const grace = new Map(entriesOf(softGracePeriod).map(([signal, text]) => [signal, gracePeriod(text)]));
  const reclaim = new Map(entriesOf(minimumReclaim).map(([signal, text]) => [signal, reclaimValue(signal, text)]));
  const all = [
    ...statements(hard).map((threshold) => ({ ...threshold, graceMs: 0 })),
    ...statements(soft).map((threshold) => {
      const graceMs = grace.get(threshold.signal);
      if (graceMs === undefined) throw new UsageError(`grace period must be specified for the soft eviction threshold ${threshold.signal}`);
      return { ...threshold, graceMs };
    }),
  ].map((threshold): Threshold => {
    const minReclaim = reclaim.get(threshold.signal);
    return { ...threshold, ...(minReclaim && { minReclaim }) };
  });
  const ofPods = enforcePods ? all.filter(({ signal, graceMs }) => signal === 'memory.available' && graceMs === 0) : [];
  return [...all, ...ofPods.map((threshold): Threshold => ({ ...threshold, signal: 'allocatableMemory.available' }))];
}

function entriesOf(settings: Readonly<Record<string, string>>): (readonly [Signal, string])[] {
  return Object.entries(settings).map(([name, text]) => {
    if (!isSignal(name)) throw new UsageError(`unrecognized eviction signal ${name}`);
    return [name, text] as const;
  });
}

/** `0%` and `100%` switch a threshold off. */
function statements(settings: Readonly<Record<string, string>>): { signal: Signal; value: ThresholdValue }[] {
  return entriesOf(settings).filter(([, text]) => text !== '0%' && text !== '100%').map(([signal, text]) => ({ signal, value: thresholdValue(signal, text) }));
}

function thresholdValue(signal: Signal, text: string): ThresholdValue {
  if (text.endsWith('%')) {
    const share = shareOf(text);
    if (share < 0) throw new UsageError(`eviction percentage threshold ${signal} must be >= 0%: ${text}`);
    if (share > 1) throw new UsageError(`eviction percentage threshold ${signal} must be <= 100%: ${text}`);
    return { share };
  }
  const quantity = quantityOf(text);
  if (compareQuantities(quantity, zeroQuantity) <= 0) throw new UsageError(`eviction threshold ${signal} must be positive: ${text}`);
  return { quantity };
}

function reclaimValue(signal: Signal, text: string): ThresholdValue {
  if (text.endsWith('%')) {
    const share = shareOf(text);
    if (share <= 0) throw new UsageError(`eviction percentage minimum reclaim ${signal} must be positive: ${text}`);
    return { share };
  }
  const quantity = quantityOf(text);
  if (compareQuantities(quantity, zeroQuantity) < 0) throw new UsageError(`negative eviction minimum reclaim specified for ${signal}`);
  return { quantity };
}

function shareOf(text: string): number {
  const number = Number(text.replace(/%+$/, ''));
  if (Number.isNaN(number)) throw new UsageError(`invalid percentage "${text}"`);
  return number / 100;
}

function quantityOf(text: string): Quantity {
  try { return parseQuantity(text); } catch (error) { throw new UsageError(`invalid eviction threshold "${text}"`, { cause: error }); }
}

function gracePeriod(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new UsageError(`time: invalid duration "${text}"`);
  if (ms < 0) throw new UsageError(`invalid eviction grace period specified: ${text}, must be a positive value`);
  return ms;
}

/** What a value comes to on a node with that much in all. */
export function valueOf(value: ThresholdValue, capacity: number): number {
  return 'quantity' in value ? Number(unitsOf(value.quantity)) : Math.floor(value.share * capacity);
}

/** As messages show it: the quantity as it was given, or the share's amount. */
export function showValue(value: ThresholdValue, capacity: number): string {
  return formatQuantity('quantity' in value ? value.quantity : quantityFromNumber(valueOf(value, capacity), 'BinarySI'));
}

export function showObserved(signal: Signal, amount: number): string {
  return formatQuantity(quantityFromNumber(amount, signalFacts[signal].bytes ? 'BinarySI' : 'DecimalSI'));
}

/** Two thresholds of one signal differ by their value and grace. */
export function thresholdKey({ signal, value, graceMs }: Threshold): string {
  return `${signal}/${'quantity' in value ? value.quantity.nanos : `${value.share}%`}/${graceMs}`;
}
