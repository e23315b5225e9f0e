import { additionalOf, itemsOf, propertyOf, type SchemaProps } from '../structural/schema-parts.ts';
import { type CompiledRules, compileRules } from './compile-rules.ts';
import { declareType, type DeclaredType, withObjectMeta } from './declared-type.ts';
import { escapeName } from './escape.ts';

/** The rules of a schema and of all schemas below it; parts without any are left out. */
export interface RuleNode {
  schema: SchemaProps;
  /** Absent when the schema has rules that its type can't be looked at by. */
  own: CompiledRules | undefined;
  ownFault: string | undefined;
  items: RuleNode | undefined;
  properties: ReadonlyMap<string, RuleNode>;
  additional: RuleNode | undefined;
  allOf: readonly RuleNode[];
}

/** Compiles every rule of a custom resource's schema; undefined when there is none. */
export function ruleTree(schema: SchemaProps): RuleNode | undefined {
  if (!hasRules(schema)) return undefined;
  return build(schema, schema, { declared: declareType(schema, true, 'selfType'), isRoot: true });
}

/** Whether a schema or one below it has rules. */
export function hasRules(schema: SchemaProps | undefined): boolean {
  if (schema === undefined) return false;
  return (schema['x-kubernetes-validations'] ?? []).length > 0 || hasRules(itemsOf(schema)) || hasRules(additionalOf(schema))
    || Object.values(schema.properties ?? {}).some(hasRules) || (schema.allOf ?? []).some(hasRules);
}

/** `rules` says what to check, `shape` what values look like: inside of allOf they are two schemas. */
function build(rules: SchemaProps, shape: SchemaProps, { declared, isRoot }: { declared: DeclaredType | undefined; isRoot: boolean }): RuleNode | undefined {
  if (!hasRules(rules)) return undefined;
  const own = (rules['x-kubernetes-validations'] ?? []).length > 0;
  const additionalRules = additionalOf(rules);
  const additionalShape = additionalOf(shape);
  const [itemRules, itemShape] = [itemsOf(rules), itemsOf(shape)];
  return {
    schema: isRoot ? withObjectMeta(shape) : shape,
    own: own && declared !== undefined ? compileRules({ ...shape, 'x-kubernetes-validations': rules['x-kubernetes-validations'] ?? [] }, declared) : undefined,
    ownFault: own && declared === undefined ? 'failed to convert to declType for CEL validation rules' : undefined,
    items: itemRules && itemShape && build(itemRules, itemShape, { declared: declared?.element, isRoot: itemShape['x-kubernetes-embedded-resource'] === true }),
    additional: additionalRules && additionalShape && build(additionalRules, additionalShape, { declared: declared?.element, isRoot: additionalShape['x-kubernetes-embedded-resource'] === true }),
    properties: propertyNodes(rules, shape, declared),
    allOf: (rules.allOf ?? []).flatMap((one) => build(one, shape, { declared, isRoot }) ?? []),
  };
}

function propertyNodes(rules: SchemaProps, shape: SchemaProps, declared: DeclaredType | undefined): Map<string, RuleNode> {
  const nodes = new Map<string, RuleNode>();
  for (const [name, property] of Object.entries(rules.properties ?? {})) {
    const of = propertyOf(shape, name);
    if (of === undefined || !hasRules(property)) continue;
    const escaped = escapeName(name);
    const isRoot = of['x-kubernetes-embedded-resource'] === true;
    const type = escaped === undefined ? declareType(of, isRoot, name) : declared?.fields?.get(escaped)?.declared;
    const node = type === undefined ? undefined : build(property, of, { declared: type, isRoot });
    if (node !== undefined) nodes.set(name, node);
  }
  return nodes;
}
