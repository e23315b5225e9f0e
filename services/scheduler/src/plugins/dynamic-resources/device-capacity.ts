import { addQuantities, compareQuantities, formatQuantity, parseQuantity, quantityFromNumber, unitsOf, zeroQuantity, type Quantity } from '@kubernode/apimachinery';
import type { resourceV1 } from '@kubernode/api';

type Capacities = Readonly<Record<string, resourceV1.DeviceCapacity>> | undefined;
type Requests = Readonly<Record<string, string>> | undefined;

/** Amounts of a device's capacities by name. */
export type Consumed = ReadonlyMap<string, Quantity>;

/** What an allocation takes of each capacity; undefined when the request asks for a capacity that the device has not, or for an amount that it does not give. */
export function consumption(capacities: Capacities, requests: Requests): Consumed | undefined {
  if (Object.keys(requests ?? {}).some((name) => capacities?.[name] === undefined)) return undefined;
  const taken = new Map<string, Quantity>();
  for (const [name, capacity] of Object.entries(capacities ?? {})) {
    const amount = amountTaken(requests?.[name], capacity);
    if (violates(amount, capacity.requestPolicy)) return undefined;
    taken.set(name, amount);
  }
  return taken;
}

/** Whether what is taken already leaves that much. */
export function leaves(capacities: Capacities, used: readonly Consumed[], wanted: Consumed): boolean {
  return Object.entries(capacities ?? {}).every(([name, { value }]) => compareQuantities(used.reduce((sum, one) => addQuantities(sum, one.get(name) ?? zeroQuantity), wanted.get(name) ?? zeroQuantity), parseQuantity(value)) <= 0);
}

export function formatConsumed(consumed: Consumed): Record<string, string> { return Object.fromEntries([...consumed].map(([name, amount]) => [name, formatQuantity(amount)])); }
export function parseConsumed(consumed: Requests): Consumed { return new Map(Object.entries(consumed ?? {}).map(([name, text]) => [name, parseQuantity(text)])); }

function amountTaken(requested: string | undefined, { value, requestPolicy }: resourceV1.DeviceCapacity): Quantity {
  if (requested === undefined) return parseQuantity(requestPolicy?.default ?? value);
  const amount = parseQuantity(requested);
  if (requestPolicy?.validRange !== undefined) return roundUp(amount, requestPolicy.validRange);
  const valid = requestPolicy?.validValues?.map(parseQuantity).find((one) => compareQuantities(amount, one) <= 0);
  return valid ?? amount;
}

function roundUp(amount: Quantity, { min, step }: resourceV1.CapacityRequestPolicyRange): Quantity {
  const least = parseQuantity(min);
  if (compareQuantities(amount, least) < 0) return least;
  if (step === undefined) return amount;
  const [from, by] = [Number(unitsOf(least)), Number(unitsOf(parseQuantity(step)))];
  return quantityFromNumber(from + by * Math.ceil((Number(unitsOf(amount)) - from) / by), 'BinarySI');
}

function violates(amount: Quantity, policy: resourceV1.CapacityRequestPolicy | undefined): boolean {
  if (policy === undefined || (policy.default !== undefined && compareQuantities(amount, parseQuantity(policy.default)) === 0)) return false;
  const { validRange, validValues = [] } = policy;
  if (validRange !== undefined) {
    if (validRange.max !== undefined && compareQuantities(amount, parseQuantity(validRange.max)) > 0) return true;
    return validRange.step !== undefined && (unitsOf(amount) - unitsOf(parseQuantity(validRange.min))) % unitsOf(parseQuantity(validRange.step)) !== 0n;
  }
  return validValues.length > 0 && !validValues.some((one) => compareQuantities(amount, parseQuantity(one)) === 0);
}
