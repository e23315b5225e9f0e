import type { storageV1 } from '@kubernode/api';
import { immutableField, invalidValue, notSupported, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { parameterFaults, provisionerFaults } from '../shared/class-parameter-rules.ts';
import type { Strategy } from '../strategy.ts';
import { jsonEquals } from '../write/json-equals.ts';

type StorageClass = storageV1.StorageClass & KubeObject;

const RECLAIM_POLICIES = ['Delete', 'Retain'];
const BINDING_MODES = ['Immediate', 'WaitForFirstConsumer'];

export const storageClassStrategy: Strategy<StorageClass> = {
  defaults(object) {
    object.reclaimPolicy ??= 'Delete';
    object.volumeBindingMode ??= 'Immediate';
  },
  validate,
  validateUpdate: (object, old) => [
    ...(jsonEquals(object.parameters, old.parameters) ? [] : [invalidValue('parameters', object.parameters ?? null, 'field is immutable')]),
    ...immutableField(object.provisioner ?? '', old.provisioner ?? '', 'provisioner'),
    ...immutableField(object.reclaimPolicy ?? null, old.reclaimPolicy ?? null, 'reclaimPolicy'),
    ...immutableField(object.volumeBindingMode ?? null, old.volumeBindingMode ?? null, 'volumeBindingMode'),
  ],
  returnsDeletedObject: true,
};

function validate({ provisioner = '', parameters, reclaimPolicy = '', volumeBindingMode = '' }: Readonly<Partial<StorageClass>>): FieldError[] {
  return [
    ...provisionerFaults(provisioner, 'provisioner'), ...parameterFaults(parameters, { needed: false }),
    ...(reclaimPolicy === '' || RECLAIM_POLICIES.includes(reclaimPolicy) ? [] : [notSupported('reclaimPolicy', reclaimPolicy, RECLAIM_POLICIES)]),
    ...(BINDING_MODES.includes(volumeBindingMode) ? [] : [notSupported('volumeBindingMode', volumeBindingMode, BINDING_MODES)]),
  ];
}
