import type { appsV1 } from '@kubernode/api';
import { invalidValue, required, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { nonNegative } from '../shared/number-rules.ts';
import type { Strategy } from '../strategy.ts';
import { jsonEquals } from '../write/json-equals.ts';

type ControllerRevision = appsV1.ControllerRevision & KubeObject;

/** Controller revisions: what a workload once was, never changed. */
export const controllerRevisionStrategy: Strategy<ControllerRevision> = {
  validate: ({ revision, data }) => [...nonNegative(revision, 'revision'), ...dataFaults(data)],
  validateUpdate: ({ revision, data }, old) => [...nonNegative(revision, 'revision'), ...(jsonEquals(data, old.data) ? [] : [invalidValue('data', data ?? null, 'field is immutable')])],
};

function dataFaults(data: unknown): FieldError[] {
  if (data === undefined || data === null) return [required('data', 'data is mandatory')];
  return typeof data === 'object' && !Array.isArray(data) ? [] : [required('data', 'data must be a valid JSON object')];
}
