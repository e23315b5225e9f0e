import type { resourceV1 } from '@kubernode/api';
import { invalidValue, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { isExtendedResource } from '../shared/resource-name-rules.ts';
import type { Strategy } from '../strategy.ts';
import { jsonEquals } from '../write/json-equals.ts';
import { listFaults } from './bounded-list-rules.ts';
import { CONFIGURATIONS_MAX } from './device-claim-rules.ts';
import { configurationFaults } from './device-configuration.ts';
import { deviceSelectorFaults } from './device-selector.ts';

type DeviceClass = resourceV1.DeviceClass & KubeObject;
type Spec = Readonly<resourceV1.DeviceClassSpec>;

export const deviceClassStrategy: Strategy<DeviceClass> = {
  validate: ({ spec }) => specFaults(spec, undefined),
  validateUpdate: (object, old) => specFaults(object.spec, old.spec),
  judgesMetadataAgain: true,
  generationFields: ['spec'],
  returnsDeletedObject: true,
};

function specFaults(spec: Spec | undefined, old: Spec | undefined): FieldError[] {
  const { selectors, config, extendedResourceName: name } = spec ?? {};
  const isStored = old !== undefined && jsonEquals(config, old.config);
  return [
    ...deviceSelectorFaults(selectors, 'spec.selectors'),
    ...listFaults(config, 'spec.config', { max: CONFIGURATIONS_MAX, faults: ({ opaque }, path) => configurationFaults(opaque, path, { isStored }) }),
    ...(name === undefined || isExtendedResource(name) ? [] : [invalidValue('spec.extendedResourceName', name, 'must be a valid extended resource name')]),
  ];
}
