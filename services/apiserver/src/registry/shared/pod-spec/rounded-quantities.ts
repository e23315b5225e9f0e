import { formatQuantity, milliOf, parseQuantity, quantityMilliValue } from '@kubernode/apimachinery';

const NANOS_PER_MILLI = 1_000_000n;

/** Amounts of resources are kept in thousandths at the finest, rounded away from zero. */
export function roundedQuantities(quantities: Readonly<Record<string, string>>): Record<string, string> {
  const rounded: Record<string, string> = {};
  for (const [name, text] of Object.entries(quantities)) rounded[name] = isFine(text) ? round(text) : text;
  return rounded;
}

/** Only `n` and `u` say less than a thousandth once a quantity is in its own form. */
function isFine(text: string): boolean {
  return text.endsWith('n') || text.endsWith('u');
}

function round(text: string): string {
  const quantity = parseQuantity(text);
  return formatQuantity({ ...quantity, nanos: milliOf(quantity) * NANOS_PER_MILLI });
}

/** Whether an amount of bytes has a fraction. */
export function isFractional(text: string): boolean {
  return quantityMilliValue(text) % 1000 !== 0;
}
