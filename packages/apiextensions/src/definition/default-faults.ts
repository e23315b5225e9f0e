import { copyJson, invalidValue, isJsonObject, jsonEquals, type FieldError, type Json } from '@kubernode/apimachinery';
import { evaluateRulesOfValue } from '../rules/evaluate-rules.ts';
import { ruleTree } from '../rules/rule-tree.ts';
import { itemsOf, META_FIELDS, rootSchema, type SchemaProps } from '../structural/schema-parts.ts';
import { validateEmbeddedObjects } from '../values/embedded-objects.ts';
import { pruneValue } from '../values/prune.ts';
import { validateValue } from '../values/validate-value.ts';

/** Defaults must be values that their own schema accepts. */
export function defaultFaults(schema: SchemaProps, path: string): FieldError[] {
  return walk(rootSchema(schema), path, false);
}

function walk(schema: SchemaProps, path: string, insideMeta: boolean): FieldError[] {
  const items = itemsOf(schema);
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  return [
    ...own(schema, `${path}.default`, insideMeta && !embedded),
    ...(items === undefined ? [] : walk(items, `${path}.items`, insideMeta)),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) => walk(property, `${path}.properties[${name}]`, embedded && META_FIELDS.has(name))),
  ];
}

function own(schema: SchemaProps, path: string, insideMeta: boolean): FieldError[] {
  const value = (schema.default ?? undefined) as Json | undefined; // any JSON; null is no default
  if (value === undefined) return [];
  const faults: FieldError[] = [];
  if (!insideMeta) {
    const pruned = copyJson(value);
    pruneValue(pruned, schema);
    if (!jsonEquals(pruned, value)) faults.push(invalidValue(path, value, 'must not have unknown fields'));
  }
  const prefixed = (found: FieldError[]): FieldError[] => found.map((fault) => ({ ...fault, field: fault.field === '<nil>' ? path : `${path}${fault.field.startsWith('[') ? '' : '.'}${fault.field}` }));
  const embedded = prefixed(isJsonObject(value) ? validateEmbeddedObjects(value, schema) : []);
  const values = embedded.length > 0 ? embedded : prefixed(validateValue(value, schema));
  const tree = values.length > 0 ? undefined : ruleTree(schema);
  return [...faults, ...values, ...(tree === undefined ? [] : evaluateRulesOfValue(tree, value, path))];
}
