import { parseFieldSelector, requiredFieldValue } from '@kubernode/apimachinery';

/** Whether a field selector limits a request to objects whose `field` is `value`. A selector that cannot be read limits nothing. */
export function requiresField(selector: string | undefined, field: string, value: string): boolean {
  if (selector === undefined || selector === '') return false;
  try {
    return requiredFieldValue(parseFieldSelector(selector), field) === value;
  } catch {
    return false; // the endpoint will say what is wrong with it
  }
}
