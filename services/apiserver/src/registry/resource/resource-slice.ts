import type { resourceV1 } from '@kubernode/api';
import { formatTime, immutableField, invalidValue, required, subdomainFaults, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { internalList } from '../shared/go-text/internal-json.ts';
import { nodeSelectorFaults } from '../shared/pod-spec/affinity.ts';
import { ruleFaults } from '../shared/value-rules.ts';
import type { Strategy } from '../strategy.ts';
import { jsonEquals } from '../write/json-equals.ts';
import { setFaults } from './bounded-list-rules.ts';
import { dropListValues, hasListAttributes } from './device-attribute-rules.ts';
import { driverNameFaults, poolNameFaults } from './device-names.ts';
import { counterFaults, deviceFaults } from './device-rules.ts';

type Slice = resourceV1.ResourceSlice & KubeObject;
type Spec = Readonly<resourceV1.ResourceSliceSpec>;

const DEVICES_MAX = 128;
/** Of devices with taints, with counters or with lists of values. */
const ELABORATE_DEVICES_MAX = 64;
const COUNTER_SETS_MAX = 8;
const TRUE_OR_UNSET = 'must be either unset or set to true';
const ONE_CHOICE = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';

export const resourceSliceStrategy: Strategy<Slice> = {
  prepareForCreate(slice, { now }) {
    slice.metadata.generation = 1;
    fillTaintTimes(slice, now);
    dropUnservedFields(slice, undefined);
  },
  prepareForUpdate(slice, old, { now }) {
    fillTaintTimes(slice, now);
    if (!jsonEquals(slice.spec, old.spec)) slice.metadata.generation = (old.metadata.generation ?? 0) + 1; // also by what is dropped, as in Kubernetes
    dropUnservedFields(slice, old);
  },
  validate: ({ spec }) => specFaults(spec, undefined),
  validateUpdate: (object, old) => specFaults(object.spec, old.spec),
  warnings: ({ spec: { driver } }) => (driver === driver.toLowerCase() ? [] : [`spec.driver: driver names should be lowercase; ${JSON.stringify(driver)} contains uppercase characters`]),
  selectableFields: ({ spec }) => ({ 'spec.nodeName': spec?.nodeName ?? '', 'spec.driver': spec?.driver ?? '' }),
  returnsDeletedObject: true,
};

function fillTaintTimes({ spec }: Slice, now: number): void {
  for (const { taints } of spec?.devices ?? []) for (const taint of taints ?? []) taint.timeAdded ??= formatTime(now);
}

/** Fields of features that Kubernetes 1.36 leaves off are dropped, unless the stored slice has them. */
function dropUnservedFields({ spec }: Slice, old: Readonly<Slice> | undefined): void {
  const [devices, before] = [spec?.devices ?? [], old?.spec?.devices ?? []];
  if (!before.some(({ attributes = {} }) => hasListAttributes(attributes))) for (const { attributes = {} } of devices) dropListValues(attributes);
  if (!before.some(({ nodeAllocatableResourceMappings: mappings = {} }) => Object.keys(mappings).length > 0)) for (const device of devices) delete device.nodeAllocatableResourceMappings;
}

function specFaults(spec: Spec | undefined, old: Spec | undefined): FieldError[] {
  const { driver = '', pool, devices, sharedCounters } = spec ?? {};
  const oldDevices = new Map((old?.devices ?? []).map((device) => [device.name, device]));
  return [
    ...driverNameFaults(driver, 'spec.driver'), ...poolFaults(pool), ...(old === undefined ? [] : immutableFaults(spec, old)), ...choiceFaults(spec ?? {}),
    ...(sharedCounters !== undefined && devices !== undefined ? [invalidValue('spec', '', 'only one of `sharedCounters` or `devices` is allowed')] : []),
    ...setFaults(devices, 'spec.devices', {
      max: (devices ?? []).some(isElaborate) ? ELABORATE_DEVICES_MAX : DEVICES_MAX, key: ({ name }) => name,
      faults: (device, path) => deviceFaults(device, path, { old: oldDevices.get(device.name), choosesNodes: spec?.perDeviceNodeSelection === true }),
    }),
    ...setFaults(sharedCounters, 'spec.sharedCounters', { max: COUNTER_SETS_MAX, key: ({ name }) => name, faults: ({ name, counters }, path) => counterFaults({ name, counters }, path, 'name') }),
  ];
}

function isElaborate({ taints = [], consumesCounters = [], attributes = {} }: Readonly<resourceV1.Device>): boolean {
  return taints.length > 0 || consumesCounters.length > 0 || hasListAttributes(attributes);
}

function poolFaults(pool: Readonly<resourceV1.ResourcePool> | undefined): FieldError[] {
  const { name = '', resourceSliceCount = 0, generation = 0 } = pool ?? {};
  return [
    ...poolNameFaults(name, 'spec.pool.name'),
    ...(resourceSliceCount <= 0 ? [invalidValue('spec.pool.resourceSliceCount', resourceSliceCount, 'must be greater than zero')] : []),
    ...(generation < 0 ? [invalidValue('spec.pool.generation', generation, 'must be greater than or equal to zero')] : []),
  ];
}

function immutableFaults(spec: Spec | undefined, old: Spec): FieldError[] {
  return [
    ...immutableField(spec?.pool?.name ?? '', old.pool?.name ?? '', 'spec.pool.name'), ...immutableField(spec?.driver ?? '', old.driver ?? '', 'spec.driver'),
    ...immutableField(spec?.nodeName ?? null, old.nodeName ?? null, 'spec.nodeName'),
  ];
}

/** Which nodes the devices belong to is said in one way only. */
function choiceFaults({ nodeName, nodeSelector, allNodes, perDeviceNodeSelection }: Partial<Spec>): FieldError[] {
  const chosen = [
    ...((nodeName ?? '') === '' ? [] : ['`nodeName`']), ...(nodeSelector === undefined ? [] : ['`nodeSelector`']),
    ...(allNodes === true ? ['`allNodes`'] : []), ...(perDeviceNodeSelection === true ? ['`perDeviceNodeSelection`'] : []),
  ];
  return [
    ...(nodeName === undefined ? [] : nodeName === '' ? [invalidValue('spec.nodeName', nodeName, 'must be either unset or set to a non-empty string')] : ruleFaults(nodeName, 'spec.nodeName', subdomainFaults)),
    ...(nodeSelector === undefined ? [] : oneTermFaults(nodeSelector)),
    ...(allNodes === false ? [invalidValue('spec.allNodes', allNodes, TRUE_OR_UNSET)] : []),
    ...(perDeviceNodeSelection === false ? [invalidValue('spec.perDeviceNodeSelection', perDeviceNodeSelection, TRUE_OR_UNSET)] : []),
    ...(chosen.length === 0 ? [required('spec', ONE_CHOICE)] : []),
    ...(chosen.length > 1 ? [invalidValue('spec', `{${chosen.join(', ')}}`, `${ONE_CHOICE}, but multiple fields are set`)] : []),
  ];
}

/** One term, so that selectors of several slices can be joined. */
function oneTermFaults(selector: Readonly<NonNullable<Spec['nodeSelector']>>): FieldError[] {
  const terms = selector.nodeSelectorTerms as typeof selector.nodeSelectorTerms | null; // empty lists of required fields are null
  return [
    ...nodeSelectorFaults(selector, 'spec.nodeSelector'),
    ...(terms?.length === 1 ? [] : [invalidValue('spec.nodeSelector.nodeSelectorTerms', internalList('NodeSelectorTerm', terms), 'must have exactly one node selector term')]),
  ];
}
