import { schemas } from '@kubernode/api';
import type { Schema } from '@kubernode/apimachinery';
import { SCHEMA_NAMES } from './operation.ts';

/** A schema with what `kubectl explain` tells of it. */
export type Described = Schema & { description?: string };

/** What the fields of every object are for. */
const OBJECT_FIELDS: Readonly<Record<string, string>> = {
  apiVersion: 'APIVersion defines by which version of its group\'s schema the object is written: GROUP/VERSION, or VERSION alone in the core group.',
  kind: 'Kind names what the object is, in CamelCase. It belongs to the address that a client writes to, and cannot be changed.',
  metadata: 'Standard object\'s metadata: name, namespace, labels, owners and what the server keeps track of.',
};

/** What lists have besides. */
const LIST_FIELDS: Readonly<Record<string, string>> = {
  ...OBJECT_FIELDS,
  metadata: 'Standard list metadata: the revision that the list shows, and how to go on with the next page.',
  items: 'The objects of the list.',
};

const SPEC_AND_STATUS: Readonly<Record<string, string>> = {
  spec: 'What is wanted of the object.',
  status: 'What was observed of the object last. Written by the components that look after it.',
};

const OBJECT_META: Readonly<Record<string, string>> = {
  annotations: 'Annotations are facts that tools and people attach to the object: by name, of any content, not for selecting.',
  creationTimestamp: 'CreationTimestamp is a timestamp of the server\'s, RFC 3339 in UTC, of when the object came to be. Read-only.',
  deletionGracePeriodSeconds: 'For how many seconds the object may end gracefully before it is removed. Set only once its deletion was asked for. Read-only.',
  deletionTimestamp: 'When the object is to be gone. Set by the server once its deletion was asked for; it is removed when no finalizer is left. Read-only.',
  finalizers: 'Who has to do something before the object is removed; each takes its own entry away when it is done.',
  generateName: 'What a name begins with that the server completes, where no name is given.',
  generation: 'Counts the changes of what is wanted of the object. Read-only.',
  labels: 'Labels are names and short values by which objects are grouped and selected.',
  managedFields: 'Which client has written which fields, by which the server finds conflicts between them.',
  name: 'The object\'s name, unique among those of its resource in a namespace. It cannot be changed.',
  namespace: 'The space within which the name is unique; empty for objects of the whole cluster. It cannot be changed.',
  ownerReferences: 'The objects that this one depends on: it is collected when all of them are gone. At most one of them controls it.',
  resourceVersion: 'The revision of the object: of no meaning to clients but as a whole, for watching and for finding out that somebody else has written. Read-only.',
  selfLink: 'Of no use any more; the server leaves it empty.',
  uid: 'An identity that no other object has at any time, even one of the same name. Read-only.',
};

/** Adds texts to a schema's own fields, where it has none and there are some. */
export function withDescriptions(name: string, schema: Schema): Described {
  const texts = textsOf(name, schema);
  if (texts === undefined || schema.properties === undefined) return schema;
  return { ...schema, properties: Object.fromEntries(Object.entries(schema.properties).map(([field, property]: [string, Described]) => [field, describe(property, texts[field])])) };
}

function textsOf(name: string, { properties, 'x-kubernetes-group-version-kind': kinds = [] }: Schema): Readonly<Record<string, string>> | undefined {
  if (name === SCHEMA_NAMES.objectMeta) return OBJECT_META;
  if (kinds.length === 0) return undefined;
  if (properties?.['items'] !== undefined) return LIST_FIELDS;
  return name in schemas ? { ...OBJECT_FIELDS, ...SPEC_AND_STATUS } : OBJECT_FIELDS; // a definition says itself what its own fields are for
}

function describe(property: Described, text: string | undefined): Described {
  return text === undefined || property.description !== undefined ? property : { description: text, ...property };
}
