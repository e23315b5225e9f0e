import { goQuote, invalidValue, notSupported, required, tooLong, tooMany, typeInvalid, type FieldError, type Json } from '@kubernode/apimachinery';

/**
 * Faults of values in Kubernetes' words. `name` is the path as the messages know it: `spec.size`; a missing field of the root has a dot before.
 */
export interface ValueFault extends FieldError {
  /** Told without a place: what is wrong with a choice between schemas. */
  composite?: boolean;
}

const fieldOf = (name: string): string => (name === '' || name === '.' ? '<nil>' : name.replace(/^\./, ''));

export function wrongType(name: string, wanted: string, actual: string): ValueFault {
  return typeInvalid(fieldOf(name), actual, `${name} in body must be of type ${wanted}: ${goQuote(actual)}`);
}

export function missing(name: string): ValueFault {
  return required(fieldOf(name));
}

export function notInEnum(name: string, value: Json, allowed: readonly Json[]): ValueFault {
  return notSupported(fieldOf(name), value, allowed.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))));
}

export function textTooLong(name: string, max: number): ValueFault {
  return tooLong(fieldOf(name), max);
}

export function tooManyParts(name: string, actual: number, max: number): ValueFault {
  return tooMany(fieldOf(name), actual, max);
}

/** All other faults: the value, and what it should be like. */
export function unfit(name: string, value: Json, should: string): ValueFault {
  return invalidValue(fieldOf(name), value ?? '', `${name} in body ${should}`);
}

/** A fault that Kubernetes doesn't ascribe to a field. */
export function compositeFault(message: string): ValueFault {
  return { ...invalidValue('<nil>', '', message), composite: true };
}
