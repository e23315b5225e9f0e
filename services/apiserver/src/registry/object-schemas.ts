import { goFields, schemas } from '@kubernode/api';
import { isJsonObject, schemaSet, type CompiledSchema, type GoFieldsOf, type SchemaResolver } from '@kubernode/apimachinery';

/** The schemas of built-in kinds by name. */
export const builtInSchema: SchemaResolver = (name) => schemas[name];

/** How the Go types of built-in kinds write their fields. */
export const builtInGoFields: GoFieldsOf = (name) => goFields[name];

/** Where an empty list is a fault of its own or gets no default, while an absent one does not. */
const KEEPS_EMPTY: ReadonlySet<string> = new Set([
  'io.k8s.api.autoscaling.v2.HPAScalingRules.policies',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionSpec.versions',
]);

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

const schemaNamed = schemaSet({ resolve: builtInSchema, goFields: builtInGoFields, keepsEmpty: KEEPS_EMPTY });
const known = new Map<string, CompiledSchema>();

/** Compiled ones: what Kubernetes makes of a body of that kind. */
export function compiledSchema(name: string): CompiledSchema | undefined {
  const cached = known.get(name);
  if (cached !== undefined) return cached;
  const schema = schemaNamed(name);
  if (schema === undefined) return undefined;
  const keeping: CompiledSchema = { normalise: (value, options) => keepReset(name, value, schema.normalise(value, options)) };
  known.set(name, keeping);
  return keeping;
}

/** An object's own `managedFields: []` clears what is stored; those of templates within it say nothing, as other empty lists. */
function keepReset(name: string, value: unknown, outcome: ReturnType<CompiledSchema['normalise']>): ReturnType<CompiledSchema['normalise']> {
  const metadataOf = (object: unknown): unknown => (name === OBJECT_META ? object : isJsonObject(object) ? object['metadata'] : undefined);
  const [given, made] = [metadataOf(value), metadataOf(outcome.object)];
  if (isJsonObject(given) && isJsonObject(made) && Array.isArray(given['managedFields']) && given['managedFields'].length === 0) made['managedFields'] = [];
  return outcome;
}
