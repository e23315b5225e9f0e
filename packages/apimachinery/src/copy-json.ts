/** A private copy of a JSON value, several times as fast as structuredClone: it knows that there are only objects, arrays and scalars. */
export function copyJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyJson) as T; // elements keep their types
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const field = copyJson((value as Record<string, unknown>)[key]); // an object, by the checks above
    if (key === '__proto__') Object.defineProperty(copy, key, { value: field, enumerable: true, configurable: true, writable: true });
    else copy[key] = field;
  }
  return copy as T; // field by field the same
}
