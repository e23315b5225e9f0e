import { invalidValue, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { bootstrapObjects } from '../../authz/bootstrap-objects/bootstrap-objects.ts';
import { internalJson } from '../shared/go-text/internal-json.ts';
import { jsonEquals } from '../write/json-equals.ts';

/** The schemas and levels without which flow control could not classify every request. */
const MANDATORY: ReadonlySet<string> = new Set(['exempt', 'catch-all']);

export function isMandatory(name: string): boolean {
  return MANDATORY.has(name);
}

/** Schemas that every cluster has stay as they are. */
export function mandatorySchemaFaults({ metadata: { name }, spec }: Readonly<KubeObject> & { readonly spec?: unknown }): FieldError[] {
  const fixed = mandatorySpec(bootstrapObjects.flowSchemas, name);
  if (fixed === undefined || jsonEquals(spec, fixed)) return [];
  return [invalidValue('spec', internalJson('FlowSchemaSpec', spec), `spec of '${name}' must equal the fixed value`)];
}

/** So do levels, but for what the exempt one is given to lend. */
export function mandatoryLevelFaults({ metadata: { name }, spec }: Readonly<KubeObject> & { readonly spec?: object }): FieldError[] {
  const fixed = mandatorySpec(bootstrapObjects.priorityLevelConfigurations, name);
  if (fixed === undefined) return [];
  const isExempt = name === 'exempt';
  if (jsonEquals(isExempt ? { ...spec, exempt: undefined } : spec, isExempt ? { ...fixed, exempt: undefined } : fixed)) return [];
  return [invalidValue('spec', internalJson('PriorityLevelConfigurationSpec', spec), isExempt ? `spec of '${name}' except the 'spec.exempt' field must equal the fixed value` : `spec of '${name}' must equal the fixed value`)];
}

function mandatorySpec(objects: readonly Readonly<KubeObject>[], name: string): object | undefined {
  return isMandatory(name) ? objects.find((one) => one.metadata.name === name)?.['spec'] as object | undefined : undefined; // bootstrap objects have specs
}
