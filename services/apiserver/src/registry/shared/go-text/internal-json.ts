import { INTERNAL_STRUCTS } from './internal-structs.ts';

type Struct = keyof typeof INTERNAL_STRUCTS;

/**
 * A value as Kubernetes' messages show it: they print the structs that the server works with, whose fields have other names and
 * another order than those of the API, and of which none is left out.
 */
export function internalJson(struct: Struct, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  const source = struct === 'PodSpec' ? withHostFields(value as Record<string, unknown>) : value as Record<string, unknown>; // the caller names the struct it has
  const printed: Record<string, unknown> = {};
  for (const { name, json, type, omitsEmpty } of fieldsOf(struct)) {
    if (name === '@metadata') {
      Object.assign(printed, internalJson(type, source['metadata'] ?? {}));
      continue;
    }
    const field = printField(type, source[json]);
    if (!omitsEmpty || !isEmpty(field)) printed[name] = field;
  }
  return printed;
}

/** The same as text with an indent of one, as differences between specs are computed on. */
export function internalText(struct: Struct, value: unknown): string {
  return JSON.stringify(internalJson(struct, value), undefined, 1).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A list of structs. Required ones that are empty come as null. */
export function internalList(struct: Struct, values: readonly unknown[] | null | undefined): unknown {
  return values?.map((value) => internalJson(struct, value)) ?? null;
}

interface Field { name: string; json: string; type: string; omitsEmpty: boolean }

const parsed = new Map<string, readonly Field[]>();

function fieldsOf(struct: string): readonly Field[] {
  let fields = parsed.get(struct);
  if (fields === undefined) {
    fields = (INTERNAL_STRUCTS[struct] ?? '').split(' ').filter((text) => text !== '').map(parseField);
    parsed.set(struct, fields);
  }
  return fields;
}

function parseField(text: string): Field {
  const [head = '', type = ''] = text.split(':');
  const [name = '', json] = head.replace('?', '').split('=');
  return { name, json: json ?? name.charAt(0).toLowerCase() + name.slice(1), type, omitsEmpty: head.endsWith('?') };
}

function printField(type: string, value: unknown): unknown {
  switch (type) {
    case '': return sorted(value ?? null);
    case 'string': return value ?? '';
    case 'number': return value ?? 0;
    case 'boolean': return value ?? false;
    case 'quantity': return value ?? '0';
    default: break;
  }
  if (type.startsWith('*')) return internalJson(type.slice(1), value);
  if (type.startsWith('[]')) return internalList(type.slice(2), value as readonly unknown[] | null | undefined); // lists by their schema
  return internalJson(type, value ?? {});
}

/** Maps are printed in the order of their keys. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isEmpty(value: unknown): boolean {
  return value === null || value === '' || value === 0 || value === false || (typeof value === 'object' && Object.keys(value).length === 0);
}

const HOST_FIELDS = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace', 'hostUsers'] as const;

/** The server keeps what a pod shares with its host in the pod's security context. */
function withHostFields(spec: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const context = spec['securityContext'];
  if (context === undefined) return spec;
  const shared = Object.fromEntries(HOST_FIELDS.filter((field) => spec[field] !== undefined).map((field) => [field, spec[field]]));
  return { ...spec, securityContext: { ...(context as object), ...shared } }; // a struct by its schema
}
