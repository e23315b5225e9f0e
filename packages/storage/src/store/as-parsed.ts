/**
 * What parsing the JSON of `value` would give: the same node wherever that makes no difference, so mostly no copy at all. Undefined where
 * it takes parsing to know (`toJSON`, numbers that JSON has no text for).
 */
export function asParsed(value: unknown): unknown {
  switch (typeof value) {
    case 'string': case 'boolean': return value;
    case 'number': return Number.isFinite(value) && !Object.is(value, -0) ? value : undefined;
    case 'object': return value === null ? null : Array.isArray(value) ? arrayAsParsed(value) : objectAsParsed(value as Readonly<Record<string, unknown>>); // no array
    default: return undefined;
  }
}

function arrayAsParsed(elements: readonly unknown[]): unknown {
  let copy: unknown[] | undefined;
  for (let i = 0; i < elements.length; i++) {
    const element = asParsed(elements[i]);
    if (element === undefined) return undefined;
    if (copy === undefined && element !== elements[i]) copy = elements.slice(0, i);
    copy?.push(element);
  }
  return copy ?? elements;
}

/** Fields that are undefined have no text. */
function objectAsParsed(object: Readonly<Record<string, unknown>>): unknown {
  if (Object.getPrototypeOf(object) !== Object.prototype || Object.hasOwn(object, '__proto__')) return undefined;
  const changed: [key: string, field: unknown][] = [];
  for (const key in object) {
    const field = object[key];
    const parsed = field === undefined ? undefined : asParsed(field);
    if (parsed === undefined && field !== undefined) return undefined;
    if (parsed !== field || field === undefined) changed.push([key, parsed]);
  }
  if (changed.length === 0) return object;
  const copy: Record<string, unknown> = { ...object };
  for (const [key, parsed] of changed) if (parsed === undefined) delete copy[key]; else copy[key] = parsed;
  return copy;
}
