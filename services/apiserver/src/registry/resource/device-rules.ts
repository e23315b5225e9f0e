import type { resourceV1 } from '@kubernode/api';
import { invalidValue, required, subdomainFaults, type FieldError } from '@kubernode/apimachinery';
import { labelNameFaults } from '../shared/port-rules.ts';
import { nodeSelectorFaults } from '../shared/pod-spec/affinity.ts';
import { ruleFaults } from '../shared/value-rules.ts';
import { jsonEquals } from '../write/json-equals.ts';
import { bindingConditionFaults } from './binding-conditions.ts';
import { listFaults, mapFaults, setFaults } from './bounded-list-rules.ts';
import { attributeValueCount, deviceAttributeFaults } from './device-attribute-rules.ts';
import { deviceCapacityFaults } from './device-capacity-rules.ts';
import { QUALIFIED_NAME_BYTES_MAX, qualifiedNameFaults } from './device-names.ts';
import { deviceTaintFaults } from './device-taint.ts';

const ATTRIBUTES_AND_CAPACITIES_MAX = 32;
const ATTRIBUTE_VALUES_MAX = 48;
const TAINTS_MAX = 16;
const COUNTER_SETS_MAX = 2;
const COUNTERS_MAX = 32;
const LABEL_BYTES_MAX = 63;
const ONE_NODE_CHOICE = 'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';

type Device = Readonly<resourceV1.Device>;

export function deviceFaults(device: Device, path: string, { old, choosesNodes }: { old: Device | undefined; choosesNodes: boolean }): FieldError[] {
  const { name, taints, consumesCounters } = device;
  return [
    ...labelNameFaults(name, `${path}.name`),
    ...contentFaults(device, path),
    ...(old !== undefined && jsonEquals(old.taints, taints) ? [] : listFaults(taints, `${path}.taints`, { max: TAINTS_MAX, faults: deviceTaintFaults })),
    ...setFaults(consumesCounters, `${path}.consumesCounters`, { max: COUNTER_SETS_MAX, key: ({ counterSet }) => counterSet, faults: ({ counterSet, counters }, at) => counterFaults({ name: counterSet, counters }, at, 'counterSet') }),
    ...(choosesNodes ? nodeChoiceFaults(device, path) : strayChoiceFaults(device, path)),
    ...bindingConditionFaults(device, path),
  ];
}

interface Counters { name: string; counters: Readonly<Record<string, resourceV1.Counter>> | undefined }

/** A named set of counters: of a slice, or what a device takes from it. */
export function counterFaults({ name, counters }: Counters, path: string, nameField: string): FieldError[] {
  return [
    ...(name === '' ? [required(`${path}.${nameField}`)] : labelNameFaults(name, `${path}.${nameField}`)),
    ...(Object.keys(counters ?? {}).length === 0 ? [required(`${path}.counters`)] : mapFaults(counters, `${path}.counters`, { max: COUNTERS_MAX, keyBytesMax: LABEL_BYTES_MAX, keyFaults: labelNameFaults })),
  ];
}

function contentFaults({ attributes = {}, capacity = {}, allowMultipleAllocations }: Device, path: string): FieldError[] {
  const [entries, values] = [Object.keys(attributes).length + Object.keys(capacity).length, attributeValueCount(attributes)];
  const names = { keyBytesMax: QUALIFIED_NAME_BYTES_MAX, keyFaults: qualifiedNameFaults };
  return [
    ...(entries > ATTRIBUTES_AND_CAPACITIES_MAX ? [invalidValue(path, entries, `the total number of attributes and capacities must not exceed ${ATTRIBUTES_AND_CAPACITIES_MAX}`)] : []),
    ...(values > ATTRIBUTE_VALUES_MAX ? [invalidValue(path, values, `the total number of attribute values must not exceed ${ATTRIBUTE_VALUES_MAX}`)] : []),
    ...mapFaults(attributes, `${path}.attributes`, { ...names, faults: deviceAttributeFaults }),
    ...mapFaults(capacity, `${path}.capacity`, { ...names, faults: (one, at) => deviceCapacityFaults(one, at, { isShared: allowMultipleAllocations === true }) }),
  ];
}

/** Where devices of a slice are on nodes of their own, each says on which, in one way. */
function nodeChoiceFaults({ nodeName, nodeSelector, allNodes }: Device, path: string): FieldError[] {
  const chosen = [...((nodeName ?? '') === '' ? [] : ['`nodeName`']), ...(nodeSelector === undefined ? [] : ['`nodeSelector`']), ...(allNodes === true ? ['`allNodes`'] : [])];
  return [
    ...(nodeName === undefined ? [] : nodeName === '' ? [invalidValue(`${path}.nodeName`, nodeName, 'must not be empty')] : ruleFaults(nodeName, `${path}.nodeName`, subdomainFaults)),
    ...(nodeSelector === undefined ? [] : nodeSelectorFaults(nodeSelector, `${path}.nodeSelector`)),
    ...(allNodes === false ? [invalidValue(`${path}.allNodes`, allNodes, 'must be either unset or set to true')] : []),
    ...(chosen.length === 0 ? [required(path, ONE_NODE_CHOICE)] : []),
    ...(chosen.length > 1 ? [invalidValue(path, `{${chosen.join(', ')}}`, ONE_NODE_CHOICE)] : []),
  ];
}

function strayChoiceFaults({ nodeName, nodeSelector, allNodes }: Device, path: string): FieldError[] {
  if (nodeName === undefined && nodeSelector === undefined && allNodes === undefined) return [];
  return [invalidValue(path, null, '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec')];
}
