import type { Schema } from '@kubernode/apimachinery';
import schemasJson from './facts/schemas.json' with { type: 'json' };

/** Schemas of all served kinds by name, `io.k8s.api.core.v1.Pod`. References read `#/components/schemas/NAME`. */
export const schemas: Readonly<Record<string, Schema>> = schemasJson as Readonly<Record<string, Schema>>; // generated in this shape
