import {
  addQuantities, compareQuantities, parseQuantity, quantityFault, quantityFromNumber, subtractQuantities, unitsOf, type Quantity,
} from '@kubernode/apimachinery';
import { readingCost } from '../cost/units.ts';
import { structType, type CelType } from '../types/cel-type.ts';
import { CelError, Opaque, type Result, type Value } from '../values/value.ts';
import { bool, double, int, member, plain, string, type Arg, type FunctionEntry } from './define.ts';
import { LEAST_INT, MOST_INT } from './numbers.ts';

export const quantityType: CelType = structType('kubernetes.Quantity');

class QuantityValue extends Opaque {
  readonly type: CelType = quantityType;
  readonly quantity: Quantity;
  /** Kubernetes takes amounts like `1.5Gi` for fractions, whatever they come to. */
  readonly fractional: boolean;

  constructor(quantity: Quantity, fractional = false) {
    super();
    this.quantity = quantity;
    this.fractional = fractional;
  }

  equals(other: Opaque): boolean {
    return other instanceof QuantityValue && compareQuantities(this.quantity, other.quantity) === 0;
  }
}

const quantity: Arg<QuantityValue> = quantityType;
const reading = ([text]: readonly Value[]): number => readingCost(text);

/** Amounts of resources: `1Gi`, `500m`. */
export const quantities: readonly FunctionEntry[] = [
  ['quantity', [plain('string_to_quantity', [string], quantity, toQuantity, reading)]],
  ['isQuantity', [plain('is_quantity_string', [string], bool, (text) => quantityFault(text) === undefined, reading)]],
  ['sign', [plain('quantity_sign', [quantity], int, ({ quantity: { nanos } }) => (nanos > 0n ? 1n : nanos < 0n ? -1n : 0n))]],
  ['isGreaterThan', [member('quantity_is_greater_than', [quantity, quantity], bool, (a, b) => compareQuantities(a.quantity, b.quantity) > 0)]],
  ['isLessThan', [member('quantity_is_less_than', [quantity, quantity], bool, (a, b) => compareQuantities(a.quantity, b.quantity) < 0)]],
  ['compareTo', [member('quantity_compare_to', [quantity, quantity], int, (a, b) => BigInt(compareQuantities(a.quantity, b.quantity)))]],
  ['asApproximateFloat', [member('quantity_get_float', [quantity], double, ({ quantity: { nanos } }) => Number(nanos) / 1e9)]],
  ['asInteger', [member('quantity_get_int', [quantity], int, (amount) => (isInteger(amount) ? unitsOf(amount.quantity) : new CelError('cannot convert value to integer')))]],
  ['isInteger', [member('quantity_is_integer', [quantity], bool, isInteger)]],
  ['add', [
    member('quantity_add', [quantity, quantity], quantity, (a, b) => new QuantityValue(addQuantities(a.quantity, b.quantity))),
    member('quantity_add_int', [quantity, int], quantity, (a, b) => new QuantityValue(addQuantities(a.quantity, quantityFromNumber(Number(b))))),
  ]],
  ['sub', [
    member('quantity_sub', [quantity, quantity], quantity, (a, b) => new QuantityValue(subtractQuantities(a.quantity, b.quantity))),
    member('quantity_sub_int', [quantity, int], quantity, (a, b) => new QuantityValue(subtractQuantities(a.quantity, quantityFromNumber(Number(b))))),
  ]],
];

/** The value of a quantity's text, as `quantity(text)` gives it. */
export function toQuantity(text: string): Result {
  const fault = quantityFault(text);
  return fault === undefined ? new QuantityValue(parseQuantity(text), /\..*i$/.test(text)) : new CelError(fault);
}

function isInteger({ quantity: amount, fractional }: QuantityValue): boolean {
  const units = unitsOf(amount);
  return !fractional && amount.nanos % 1_000_000_000n === 0n && units >= LEAST_INT && units <= MOST_INT;
}
