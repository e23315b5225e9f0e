import { additionalOf, propertyOf, type SchemaProps } from '../structural/schema-parts.ts';

/** A path like `.spec['a.b']` found in a schema. */
export interface FoundField {
  /** As faults name it: `spec[a.b]` for keys of maps, `spec.a` for properties. */
  path: string;
  schema: SchemaProps;
}

const STEP = /\.([^.[\]]*)|\[('(?:[^'\\]|\\.)*'|[^\]]*)(\]?)|(.)/gsy;
const ESCAPES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', "'": "'", '\\': '\\' };

/** Follows a rule's fieldPath, or the path of a selectable field. @throws Error with Kubernetes' words for a path that leads nowhere. */
export function findField(jsonPath: string, root: SchemaProps, { arrays = true }: { arrays?: boolean } = {}): FoundField {
  let found: FoundField = { path: '', schema: root };
  for (const [, name, quoted, closer, other] of jsonPath.matchAll(STEP)) {
    if (other !== undefined) throw new Error(`expected [ or . but got: ${other}`);
    if (name !== undefined) {
      if (name === '') throw new Error('unexpected end of JSON path');
      found = step(found, name);
      continue;
    }
    if (!arrays) throw new Error('array notation is not allowed');
    if (quoted === undefined || quoted === '') throw new Error('unexpected end of JSON path');
    if (!/^'.*'$/s.test(quoted)) throw new Error(`expected single quoted string but got ${quoted}`);
    found = step(found, unescaped(quoted.slice(1, -1)));
    if (closer === '') throw new Error('unexpected end of JSON path');
  }
  return found;
}

function step({ path, schema }: FoundField, name: string): FoundField {
  if (schema.properties !== undefined) {
    const property = propertyOf(schema, name);
    if (property === undefined) throw new Error('does not refer to a valid field');
    return { path: path === '' ? name : `${path}.${name}`, schema: property };
  }
  const values = additionalOf(schema);
  if (values === undefined) throw new Error('does not refer to a valid field');
  return { path: `${path}[${name}]`, schema: values };
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, (all, character: string) => {
    const meant = ESCAPES[character];
    if (meant === undefined) throw new Error(`invalid string literal: invalid escape char ${all}`);
    return meant;
  });
}
