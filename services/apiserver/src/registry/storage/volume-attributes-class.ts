import type { storageV1 } from '@kubernode/api';
import { forbiddenField, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { parameterFaults, provisionerFaults } from '../shared/class-parameter-rules.ts';
import { addFinalizer } from '../shared/finalizers.ts';
import type { Strategy } from '../strategy.ts';
import { jsonEquals } from '../write/json-equals.ts';

type VolumeAttributesClass = storageV1.VolumeAttributesClass & KubeObject;

export const volumeAttributesClassStrategy: Strategy<VolumeAttributesClass> = {
  prepareForCreate: ({ metadata }) => { addFinalizer(metadata, 'kubernetes.io/vac-protection'); },
  validate,
  validateUpdate: (object, old) => [
    ...(object.driverName === old.driverName ? [] : [forbiddenField('driverName', 'updates to driverName are forbidden.')]),
    ...(jsonEquals(object.parameters, old.parameters) ? [] : [forbiddenField('parameters', 'updates to parameters are forbidden.')]),
    ...validate(object),
  ],
  returnsDeletedObject: true,
};

function validate({ driverName = '', parameters }: Readonly<Partial<VolumeAttributesClass>>): FieldError[] {
  return [...provisionerFaults(driverName, 'driverName'), ...parameterFaults(parameters, { needed: true })];
}
