import { isJsonObject, type Json } from '../json.ts';
import { goTypeName, goValueText } from '../patch/go-value-text.ts';
import { fieldElement, printPathElement } from './path-element.ts';
import type { Atom, ListType, MapType, ScalarType } from './type-model.ts';
import { elementOf, fieldAtom, shapeOf, TypeMismatch } from './typed-value.ts';

interface Fault { path: string; message: string }

/** Checks that a value fits its type. Throws a TypeMismatch that lists all faults. */
export function validateTyped(value: Json, atom: Atom, { allowDuplicates = false }: { allowDuplicates?: boolean } = {}): void {
  const faults = faultsOf(value, atom, allowDuplicates);
  if (faults.length === 0) return;
  const texts = faults.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  throw new TypeMismatch(texts.length === 1 ? texts.join() : ['errors:', ...texts.map((text) => `  ${text}`)].join('\n'));
}

function faultsOf(value: Json, atom: Atom, allowDuplicates: boolean): Fault[] {
  if (value === null) return []; // fits every type
  const shape = shapeOf(atom, value);
  if ('scalar' in shape) return scalarFaults(value, shape.scalar);
  return 'map' in shape ? mapFaults(value, shape.map, allowDuplicates) : listFaults(value, shape.list, allowDuplicates);
}

function mapFaults(value: Json, map: MapType, allowDuplicates: boolean): Fault[] {
  if (!isJsonObject(value)) return fault(`expected map, got ${goPointer(value)}`);
  const faults: Fault[] = [];
  for (const [key, member] of Object.entries(value)) {
    const atom = fieldAtom(map, key);
    const prefix = printPathElement(fieldElement(key));
    if (atom === undefined) return [...faults, { path: prefix, message: 'field not declared in schema' }];
    faults.push(...prefixed(prefix, faultsOf(member, atom, allowDuplicates)));
  }
  return faults;
}

function listFaults(value: Json, list: ListType, allowDuplicates: boolean): Fault[] {
  if (!Array.isArray(value)) return fault(`expected list, got ${goPointer(value)}`);
  const faults: Fault[] = [];
  const seen = new Set<string>();
  for (const [index, member] of value.entries()) {
    let element = `i:${index}`;
    if (!list.atomic) {
      const identified = identify(list, member);
      if ('reason' in identified) return [...faults, { path: '', message: `element ${index}: ${identified.reason}` }];
      ({ element } = identified);
      if (seen.has(element) && !allowDuplicates) faults.push({ path: '', message: `duplicate entries for key ${printPathElement(element)}` });
      seen.add(element);
    }
    const inner = faultsOf(member, list.element(), allowDuplicates);
    if (inner.length > 0) faults.push(...prefixed(printPathElement(element), inner));
  }
  return faults;
}

function identify(list: ListType, member: Json): { element: string } | { reason: string } {
  try { return { element: elementOf(list, member) }; } catch (error) {
    if (error instanceof TypeMismatch) return { reason: error.message };
    throw error;
  }
}

function scalarFaults(value: Json, type: ScalarType): Fault[] {
  switch (type) {
    case 'numeric': return typeof value === 'number' ? [] : fault(`expected numeric (int or float), got ${goTypeName(value)}`);
    case 'string': return typeof value === 'string' ? [] : fault(`expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`);
    case 'boolean': return typeof value === 'boolean' ? [] : fault(`expected boolean, got ${goPointer(value)}`);
    case 'untyped': return typeof value === 'object' ? fault(`expected any scalar, got ${goPointer(value)}`) : [];
  }
}

const fault = (message: string): Fault[] => [{ path: '', message }];
const prefixed = (prefix: string, faults: readonly Fault[]): Fault[] => faults.map(({ path, message }) => ({ path: `${prefix}${path}`, message }));

/** Messages show the Go struct that wraps a value, `&{c}`. */
function goPointer(value: Json): string { return `&{${goValueText(value)}}`; }

/** As Go's `%#v` prints it. */
function goSyntax(value: Json): string {
  if (value === null) return 'interface {}(nil)';
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `map[string]interface {}{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${goSyntax(value[key] ?? null)}`).join(', ')}}`;
}
