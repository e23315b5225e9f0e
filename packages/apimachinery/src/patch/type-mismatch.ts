import type { Json } from '../json.ts';

/** How Go's JSON decoder words a value of the wrong type, `json: cannot unmarshal array into Go value of type T`. */
export function typeMismatch(value: Json, goType: string, structField?: string): string {
  const into = structField === undefined ? 'value' : `struct field ${structField}`;
  return `json: cannot unmarshal ${goJsonType(value)} into Go ${into} of type ${goType}`;
}

function goJsonType(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
