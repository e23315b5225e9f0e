import { goFields, schemas } from '@kubernode/api';
import { schemaSet, type CompiledSchema, type GoFieldsOf, type SchemaResolver, type SchemaSetOptions } from '@kubernode/apimachinery';

/** The schemas of built-in kinds by name. */
export const builtInSchema: SchemaResolver = (name) => schemas[name];

/** How the Go types of built-in kinds write their fields. */
export const builtInGoFields: GoFieldsOf = (name) => goFields[name];

/** Where an empty list is a fault of its own or gets no default, while an absent one does not. An object's own empty `managedFields` clear what is stored; those of templates say nothing. */
const KEEPS_EMPTY: SchemaSetOptions['keepsEmpty'] = new Map([
  ['io.k8s.api.autoscaling.v2.HPAScalingRules.policies', 'everywhere'],
  ['io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionSpec.versions', 'everywhere'],
  ['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta.managedFields', 'inTheObjectItself'],
]);

/** Compiled ones: what Kubernetes makes of a body of that kind. */
export const compiledSchema: (name: string) => CompiledSchema | undefined = schemaSet({ resolve: builtInSchema, goFields: builtInGoFields, keepsEmpty: KEEPS_EMPTY });
