import { goFields, schemas } from '@kubernode/api';
import { schemaSet, type CompiledSchema, type SchemaResolver } from '@kubernode/apimachinery';

/** The schemas of built-in kinds by name. */
export const builtInSchema: SchemaResolver = (name) => schemas[name];

/** Compiled ones: what Kubernetes makes of a body of that kind. */
export const compiledSchema: (name: string) => CompiledSchema | undefined = schemaSet({ resolve: builtInSchema, goFields: (name) => goFields[name] });
