import type { resourceV1 } from '@kubernode/api';
import { addQuantities, compareQuantities, forbiddenField, formatQuantity, invalidValue, normaliseQuantity, parseQuantity, quantityValue, required, type FieldError, type Quantity } from '@kubernode/apimachinery';
import { setFaults } from './bounded-list-rules.ts';

const VALID_VALUES_MAX = 10;

type Policy = Readonly<resourceV1.CapacityRequestPolicy>;

/** A capacity of a device; that of devices which are shared may say what amounts can be asked for. */
export function deviceCapacityFaults({ value, requestPolicy }: Readonly<resourceV1.DeviceCapacity>, path: string, { isShared }: { isShared: boolean }): FieldError[] {
  if (requestPolicy === undefined) return [];
  return isShared ? policyFaults(value ?? '0', requestPolicy, `${path}.requestPolicy`) : [forbiddenField(`${path}.requestPolicy`, 'allowMultipleAllocations must be true')];
}

function policyFaults(capacity: string, policy: Policy, path: string): FieldError[] {
  const { validValues = [], validRange } = policy;
  const fallback = policy.default ?? undefined;
  if (validValues.length > 0 && validRange !== undefined) return [forbiddenField(path, 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time')];
  if (validValues.length > 0) return fallback === undefined ? [required(`${path}.default`, 'required when validValues is defined')] : valuesFaults({ capacity, fallback }, validValues, `${path}.validValues`);
  if (validRange === undefined) return [];
  return fallback === undefined ? [required(`${path}.default`, 'required when validRange is defined')] : rangeFaults({ capacity, fallback }, validRange, `${path}.validRange`);
}

interface Amounts { capacity: string; fallback: string }

function valuesFaults({ capacity, fallback }: Amounts, values: readonly string[], path: string): FieldError[] {
  const unsorted = values.flatMap((value, index) => (index > 0 && isLess(value, values[index - 1] ?? value) ? [invalidValue(`${path}[${index}]`, normaliseQuantity(value), 'values must be sorted in ascending order')] : []));
  const judged = values.length <= VALID_VALUES_MAX ? values : []; // of a list that is too long none is looked at
  return [
    ...unsorted,
    ...setFaults(values, path, {
      max: VALID_VALUES_MAX, key: (value) => String(quantityValue(value)),
      faults: (value, at) => (isLess(capacity, value) ? [invalidValue(at, normaliseQuantity(value), `option is larger than capacity value: ${normaliseQuantity(capacity)}`)] : []),
    }),
    ...(judged.some((value) => compareQuantities(parseQuantity(value), parseQuantity(fallback)) === 0) ? [] : [invalidValue(path, normaliseQuantity(fallback), 'default value is not valid according to the requestPolicy')]),
  ];
}

function rangeFaults({ capacity, fallback }: Amounts, range: Readonly<resourceV1.CapacityRequestPolicyRange>, path: string): FieldError[] {
  const { min } = range;
  const [max, step] = [range.max ?? undefined, range.step ?? undefined];
  if (min === undefined || min === null) return [required(`${path}.min`, 'required when validRange is defined')];
  const at = (end: string, value: string, why: string, other: string): FieldError => invalidValue(`${path}.${end}`, normaliseQuantity(value), `${why}: ${normaliseQuantity(other)}`);
  return [
    ...(isLess(capacity, min) ? [at('min', min, 'min is larger than capacity value', capacity)] : []),
    ...(isLess(fallback, min) ? [at('min', fallback, 'default is less than min', min)] : []),
    ...(max === undefined ? [] : [
      ...(isLess(max, min) ? [at('max', min, 'min is larger than max', max)] : []),
      ...(isLess(capacity, max) ? [at('max', max, 'max is larger than capacity value', capacity)] : []),
      ...(isLess(max, fallback) ? [at('max', fallback, 'default is more than max', max)] : []),
    ]),
    ...(step === undefined ? [] : stepFaults({ capacity, fallback }, { min, max, step }, `${path}.step`)),
  ];
}

function stepFaults({ capacity, fallback }: Amounts, { min, max, step }: { min: string; max: string | undefined; step: string }, path: string): FieldError[] {
  const first: Quantity = addQuantities(parseQuantity(min), parseQuantity(step));
  const isLarge = compareQuantities(first, parseQuantity(capacity)) > 0;
  const uneven = [fallback, ...(max === undefined ? [] : [max])].filter((value) => (quantityValue(value) - quantityValue(min)) % quantityValue(step) !== 0);
  return [
    ...(isLarge ? [invalidValue(path, normaliseQuantity(step), `one step ${formatQuantity(first)} is larger than capacity value: ${normaliseQuantity(capacity)}`)] : []),
    ...uneven.map((value) => invalidValue(path, normaliseQuantity(value), `value is not a multiple of a given step (${normaliseQuantity(step)}) from (${normaliseQuantity(min)})`)),
  ];
}

function isLess(a: string, b: string): boolean {
  return compareQuantities(parseQuantity(a), parseQuantity(b)) < 0;
}
