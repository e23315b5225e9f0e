import { isJsonObject, type Json, type JsonObject } from '@kubernode/apimachinery';

/** A Swagger 2 document as some server wrote it. */
export type Swagger = JsonObject;

export const DEFINITIONS = '#/definitions/';
export const PARAMETERS = '#/parameters/';

/** The definitions that the paths of a document lead to, directly or through one another. */
export function usedDefinitions({ paths, definitions }: Swagger): Set<string> {
  const used = new Set<string>();
  const open = [paths];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    for (const reference of referencesIn(part)) {
      const name = reference.startsWith(DEFINITIONS) ? reference.slice(DEFINITIONS.length) : undefined;
      if (name === undefined || used.has(name)) continue;
      used.add(name);
      if (isJsonObject(definitions)) open.push(definitions[name]);
    }
  }
  return used;
}

function referencesIn(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (!isJsonObject(value)) return [];
  const below = Object.values(value).flatMap(referencesIn);
  return typeof value['$ref'] === 'string' ? [value['$ref'], ...below] : below;
}

/** The value with references that lead elsewhere; itself where none does. */
export function withReferences<T extends Json>(value: T, elsewhere: ReadonlyMap<string, string>): T;
export function withReferences(value: Json, elsewhere: ReadonlyMap<string, string>): Json {
  if (elsewhere.size === 0) return value;
  if (Array.isArray(value)) return value.map((one) => withReferences(one, elsewhere));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => {
    if (name === '$ref' && typeof one === 'string') return [name, elsewhere.get(one) ?? one];
    return [name, withReferences(one, elsewhere)];
  }));
}
