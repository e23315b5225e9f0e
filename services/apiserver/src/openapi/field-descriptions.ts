import { enums, schemas } from '@kubernode/api';
import type { Schema } from '@kubernode/apimachinery';
import type { Descriptions, TypeDescription } from './load-descriptions.ts';

/** A schema with what `kubectl explain` tells of it. */
export type Described = Schema & { description?: string };

/** What the fields of every object are for. Clients' own tests look for how the first begins. */
const OBJECT_FIELDS: TypeDescription = {
  apiVersion: 'APIVersion defines by which version of its group\'s schema the object is written: GROUP/VERSION, or VERSION alone in the core group.',
  kind: 'Kind names what the object is, in CamelCase. It belongs to the address that a client writes to, and cannot be changed.',
  metadata: 'Standard object\'s metadata: name, namespace, labels, owners and what the server keeps track of.',
};

const SPEC_AND_STATUS: TypeDescription = {
  spec: 'What is wanted of the object.',
  status: 'What was observed of the object last. Written by the components that look after it.',
};

/** What lists have besides. */
function listTexts(kind: string): TypeDescription {
  return {
    ...OBJECT_FIELDS,
    '': `A list of ${kind.replace(/List$/, '')} objects, or one page of it.`,
    metadata: 'Standard list metadata: the revision that the list shows, and how to go on with the next page.',
    items: 'The objects of the list.',
  };
}

/** Adds texts to a type and its own fields, where it has none and there are some. */
export function withDescriptions(name: string, schema: Schema, descriptions: Descriptions): Described {
  const texts = textsOf(name, schema, descriptions);
  const described = describe(schema, texts['']);
  if (schema.properties === undefined) return described;
  const properties = Object.entries(schema.properties).map(([field, property]: [string, Described]) => [field, describe(property, texts[field], enums[name]?.[field])]);
  return { ...described, properties: Object.fromEntries(properties) as Record<string, Described> }; // fromEntries loses the value type
}

/** All that is known of a type: its own texts before those of every object, or list. */
export function textsOf(name: string, { properties, 'x-kubernetes-group-version-kind': kinds = [] }: Schema, descriptions: Descriptions): TypeDescription {
  const own = descriptions[name];
  const [kind] = kinds;
  if (kind === undefined) return own ?? {};
  if (properties?.['items'] !== undefined) return { ...listTexts(kind.kind), ...own };
  return name in schemas ? { ...OBJECT_FIELDS, ...SPEC_AND_STATUS, ...own } : OBJECT_FIELDS; // a definition says itself what its own fields are for
}

function describe(schema: Described, text: string | undefined, values: readonly string[] = []): Described {
  if (text === undefined || schema.description !== undefined) return schema;
  return { description: schema.items === undefined ? text + possibleValues(values) : text, ...schema };
}

/** As Kubernetes lists them at the end of a text; of lists, the items show them. */
function possibleValues(values: readonly string[]): string {
  return values.length === 0 ? '' : `\n\nPossible enum values:${values.map((value) => `\n - \`${JSON.stringify(value)}\``).join('')}`;
}
