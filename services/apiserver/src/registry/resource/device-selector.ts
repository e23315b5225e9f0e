import { forbiddenField, invalidValue, required, tooLong, type FieldError } from '@kubernode/apimachinery';
import { compileDeviceSelector, DEVICE_SELECTOR_COST_MAX, deviceSizeHint, MOST_COST } from '@kubernode/cel';
import { listFaults } from './bounded-list-rules.ts';

const SELECTORS_MAX = 32;
const EXPRESSION_BYTES_MAX = 10 * 1024;

export interface DeviceSelector { cel?: { expression?: string } }

export function deviceSelectorFaults(selectors: readonly DeviceSelector[] | undefined, path: string): FieldError[] {
  return listFaults(selectors, path, { max: SELECTORS_MAX, faults: ({ cel }, at) => (cel === undefined ? [required(`${at}.cel`)] : expressionFaults(cel.expression ?? '', `${at}.cel.expression`)) });
}

function expressionFaults(text: string, path: string): FieldError[] {
  if (Buffer.byteLength(text) > EXPRESSION_BYTES_MAX) return [tooLong(path, EXPRESSION_BYTES_MAX)];
  const compiled = compileDeviceSelector(text);
  if (typeof compiled === 'string') return [invalidValue(path, text, compiled)];
  const { max } = compiled.estimate(deviceSizeHint);
  return max > DEVICE_SELECTOR_COST_MAX || max >= MOST_COST ? [forbiddenField(path, 'too complex, exceeds cost limit')] : [];
}
