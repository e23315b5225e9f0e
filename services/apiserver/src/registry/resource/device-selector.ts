import { forbiddenField, invalidValue, required, tooLong, tooMany, type FieldError } from '@kubernode/apimachinery';
import { compileDeviceSelector, DEVICE_SELECTOR_COST_MAX, deviceSizeHint, MOST_COST } from '@kubernode/cel';

const SELECTORS_MAX = 32;
const EXPRESSION_BYTES_MAX = 10 * 1024;

export interface DeviceSelector { cel?: { expression?: string } }

export function deviceSelectorFaults(selectors: readonly DeviceSelector[] | undefined, path: string): FieldError[] {
  if (selectors === undefined) return [];
  return [
    ...(selectors.length > SELECTORS_MAX ? [tooMany(path, selectors.length, SELECTORS_MAX)] : []),
    ...selectors.slice(0, SELECTORS_MAX).flatMap(({ cel }, index) => (cel === undefined ? [required(`${path}[${index}].cel`)] : expressionFaults(cel.expression ?? '', `${path}[${index}].cel.expression`))),
  ];
}

function expressionFaults(text: string, path: string): FieldError[] {
  if (Buffer.byteLength(text) > EXPRESSION_BYTES_MAX) return [tooLong(path, EXPRESSION_BYTES_MAX)];
  const compiled = compileDeviceSelector(text);
  if (typeof compiled === 'string') return [invalidValue(path, text, compiled)];
  const { max } = compiled.estimate(deviceSizeHint);
  return max > DEVICE_SELECTOR_COST_MAX || max >= MOST_COST ? [forbiddenField(path, 'too complex, exceeds cost limit')] : [];
}
