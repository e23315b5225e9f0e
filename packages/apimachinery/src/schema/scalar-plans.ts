import { normaliseQuantity, quantityFault } from '../quantity/quantity.ts';
import { normaliseMicroTime, normaliseTime } from '../time/rfc3339.ts';
import { DecodeError, jsonWord, type DecodeContext } from './decode-context.ts';
import type { Schema } from './schema.ts';

/** Checks a value that is not null and gives what is to be stored; undefined when the value is dropped. */
export type Plan = (value: unknown, context: DecodeContext) => unknown;

/** Types of the machinery that read and write JSON of their own, by the end of their schema's name. */
export const SPECIAL_PLANS: Readonly<Record<string, { plan: Plan; zero: unknown }>> = {
  'api.resource.Quantity': { plan: quantity, zero: '0' },
  'meta.v1.Time': { plan: timeBy(normaliseTime), zero: null },
  'meta.v1.MicroTime': { plan: timeBy(normaliseMicroTime), zero: null },
  'util.intstr.IntOrString': { plan: intOrString, zero: 0 },
  'runtime.RawExtension': { plan: anything, zero: null },
  'meta.v1.FieldsV1': { plan: anything, zero: null },
};

/** What is kept as it stands. */
export function anything(value: unknown): unknown {
  return value;
}

export function scalarPlan(schema: Schema, typeText: string): Plan {
  switch (schema.type) {
    case 'string': return schema.format === 'byte' ? bytesPlan(typeText) : (value, context) => (typeof value === 'string' ? value : context.mismatch(jsonWord(value), typeText));
    case 'boolean': return (value, context) => (typeof value === 'boolean' ? value : context.mismatch(jsonWord(value), typeText));
    case 'integer': return integerPlan(typeText, schema.format === 'int32' ? 0x7fffffff : Number.MAX_SAFE_INTEGER);
    case 'number': return (value, context) => (typeof value === 'number' ? value : context.mismatch(jsonWord(value), typeText));
    default: return anything;
  }
}

/** What is beyond 2^53 would lose digits on its way and is refused as what is beyond int64 is. */
function integerPlan(typeText: string, max: number): Plan {
  return (value, context) => {
    if (typeof value !== 'number') return context.mismatch(jsonWord(value), typeText);
    return Number.isInteger(value) && value <= max && value >= -max - 1 ? value : context.mismatch(`number ${value}`, typeText);
  };
}

const BASE64 = /^[A-Za-z0-9+/]*$/;

function bytesPlan(typeText: string): Plan {
  return (value, context) => {
    if (typeof value !== 'string') return context.mismatch(jsonWord(value), typeText);
    const text = /[\r\n]/.test(value) ? value.replace(/[\r\n]/g, '') : value; // Go's decoder skips line ends
    const offset = base64Fault(text);
    if (offset < 0) return text;
    context.fault(`illegal base64 data at input byte ${offset}`);
    return undefined;
  };
}

/** Where padded base64 goes wrong; -1 when it does not. */
function base64Fault(text: string): number {
  const data = text.endsWith('==') ? text.slice(0, -2) : text.endsWith('=') ? text.slice(0, -1) : text;
  if (!BASE64.test(data)) return data.search(/[^A-Za-z0-9+/]/);
  if (text.length % 4 === 0 && data.length % 4 !== 1) return -1;
  return data.length === text.length ? text.length - text.length % 4 : data.length; // what is cut short is told by where its group of four begins
}

function quantity(value: unknown): unknown {
  const text = typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '?'; // whatever else is no quantity
  const fault = quantityFault(text);
  if (fault !== undefined) throw new DecodeError(fault);
  return normaliseQuantity(text);
}

function timeBy(normalise: (text: string) => string): Plan {
  return (value, context) => {
    if (typeof value !== 'string') return context.abort(jsonWord(value), 'string');
    try {
      return normalise(value);
    } catch (error) {
      throw new DecodeError((error as Error).message); // the readers of times throw nothing but StatusError
    }
  };
}

function intOrString(value: unknown, context: DecodeContext): unknown {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') return context.abort(jsonWord(value), 'int32');
  return Number.isInteger(value) && Math.abs(value) <= 0x7fffffff ? value : context.abort(`number ${value}`, 'int32');
}
