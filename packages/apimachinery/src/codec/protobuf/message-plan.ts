import type { SchemaResolver } from '../../schema/schema.ts';
import { absoluteName, findMessage, schemaOfMessage, type ProtobufField, type ProtobufNamespace } from './descriptor.ts';
import { specialMessage, type SpecialMessage } from './special-messages.ts';

export type ScalarKind = 'string' | 'bytes' | 'bool' | 'int32' | 'int64' | 'double';

export interface FieldPlan {
  readonly id: number;
  readonly json: string;
  readonly shape: 'one' | 'list' | 'map';
  /** The part's own kind: of the element in lists, of the value in maps. */
  readonly kind: ScalarKind | 'message';
  /** Made when first asked for: messages may hold themselves. */
  readonly message: () => MessagePlan;
  /** The fields of this message stand in the JSON of the outer one, as Go's embedded structs do. */
  readonly inline: boolean;
}

export interface MessagePlan {
  /** By falling id, the order in which they are written. */
  readonly fields: readonly FieldPlan[];
  readonly byId: ReadonlyMap<number, FieldPlan>;
  readonly special: SpecialMessage | undefined;
}

const SCALARS: ReadonlySet<string> = new Set(['string', 'bytes', 'bool', 'int32', 'int64', 'double']);

/** Plans of a descriptor's messages by full name, made once; undefined for unknown names. */
export function messagePlans(root: ProtobufNamespace, resolve: SchemaResolver): (name: string) => MessagePlan | undefined {
  const plans = new Map<string, MessagePlan>();
  const planOf = (name: string): MessagePlan | undefined => {
    let plan = plans.get(name);
    if (plan === undefined) {
      const fields = findMessage(root, name);
      if (fields === undefined) return undefined;
      plan = compile(name, fields, resolve, (other) => planOf(other) ?? EMPTY);
      plans.set(name, plan);
    }
    return plan;
  };
  return planOf;
}

const EMPTY: MessagePlan = { fields: [], byId: new Map(), special: undefined };

function compile(name: string, fields: Readonly<Record<string, ProtobufField>>, resolve: SchemaResolver, planOf: (name: string) => MessagePlan): MessagePlan {
  const entries = Object.entries(fields);
  const isWrapper = entries.length === 1 && entries[0]?.[0] === 'items' && entries[0][1].rule === 'repeated' && entries[0][1].type === 'string';
  const special = specialMessage(name, isWrapper);
  const properties = special === undefined ? Object.keys(resolve(schemaOfMessage(name))?.properties ?? {}) : [];
  const plans = entries.map(([field, facts]) => fieldPlan(name, field, facts, properties, planOf));
  return { fields: plans.sort((a, b) => b.id - a.id), byId: new Map(plans.map((plan) => [plan.id, plan])), special };
}

function fieldPlan(message: string, field: string, { id, type, rule, keyType }: ProtobufField, properties: readonly string[], planOf: (name: string) => MessagePlan): FieldPlan {
  const isScalar = SCALARS.has(type);
  const json = properties.length === 0 ? field : jsonName(field, properties);
  return {
    id,
    json: json ?? field,
    shape: keyType !== undefined ? 'map' : rule === 'repeated' ? 'list' : 'one',
    kind: isScalar ? type as ScalarKind : 'message', // in SCALARS
    message: () => planOf(absoluteName(type, message)),
    inline: json === undefined && !isScalar && rule === undefined && keyType === undefined,
  };
}

/** `xKubernetesListType` → `x-kubernetes-list-type`, `ref` → `$ref`; undefined where no property has that name. */
function jsonName(field: string, properties: readonly string[]): string | undefined {
  if (properties.includes(field)) return field;
  const plain = (name: string): string => name.replaceAll(/[-$_]/g, '').toLowerCase();
  return properties.find((property) => plain(property) === plain(field));
}

