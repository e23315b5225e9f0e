import { structuralFaults } from '@kubernode/apiextensions';
import { invalidValue, type FieldError } from '@kubernode/apimachinery';
import type { Definition } from './definition.ts';

/** Why the schemas of a definition are not structural. Today's validation lets no such definition in; those that keep unknown fields are older. */
export function faultsOfLongAgo({ spec }: Readonly<Definition>): FieldError[] {
  if (spec.preserveUnknownFields !== true) return [];
  return [
    invalidValue('spec.preserveUnknownFields', true, 'must be false'),
    ...spec.versions.flatMap(({ schema }, index) => (schema?.openAPIV3Schema === undefined ? [] : structuralFaults(schema.openAPIV3Schema, `spec.versions[${index}].schema.openAPIV3Schema`))),
  ];
}
