import { copyJson, type CompiledSchema, type KubeObject } from '@kubernode/apimachinery';
import { compiledSchema } from './object-schemas.ts';
import type { ServedResource } from './served-resource.ts';
import type { Strategy } from './strategy.ts';

/** What Kubernetes makes of an object of the stored version: defaults, no unknown fields, values in their own form. Shares nothing with it but managedFields' sets. */
export function normalisedObject({ facts, kind: { kind }, apiVersion, storage: { strategy } }: ServedResource, object: Readonly<KubeObject>): KubeObject {
  const schema = facts.schema === undefined ? undefined : compiledSchema(facts.schema);
  if (schema === undefined) return copyJson(object) as KubeObject; // a private copy
  return normalisedBy(schema, { kind, apiVersion, value: object, defaults: strategy.defaults });
}

/** The same of any value, by the schema that it has to fit; throws where it does not. */
export function normalisedBy(schema: CompiledSchema, { kind, apiVersion, value, defaults }: { kind: string; apiVersion: string; value: unknown; defaults: Strategy['defaults'] }): KubeObject {
  const { kind: _, apiVersion: __, ...rest } = schema.normalise(value).object;
  const object = { kind, apiVersion, ...rest } as unknown as KubeObject; // by the schema
  defaults?.(object);
  return object;
}
