import type { storageV1 } from '@kubernode/api';
import { duplicate, invalidValue, labelKeyFaults, repeatedIndexes, required, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { csiDriverNameFaults } from '../shared/csi-driver-name.ts';
import { internalJson } from '../shared/go-text/internal-json.ts';
import { nonNegative } from '../shared/number-rules.ts';
import type { Strategy } from '../strategy.ts';
import { jsonEquals } from '../write/json-equals.ts';

type CsiNode = storageV1.CSINode & KubeObject;

const NODE_ID_LENGTH_MAX = 256;

export const csiNodeStrategy: Strategy<CsiNode> = {
  defaults(object) {
    const spec = (object.spec ??= { drivers: [] });
    if ((spec.drivers ?? []).length === 0) spec.drivers = null as never; // Kubernetes shows the empty list as null
  },
  validate: ({ spec }) => driverFaults(spec?.drivers ?? []),
  validateUpdate: (object, old) => [...driverFaults(object.spec?.drivers ?? []), ...driverChanges(object.spec?.drivers ?? [], old.spec?.drivers ?? [])],
  allowUnconditionalUpdate: false,
  returnsDeletedObject: true,
};

function driverFaults(drivers: readonly storageV1.CSINodeDriver[]): FieldError[] {
  const names = new Set<string>();
  return drivers.flatMap(({ name = '', nodeID = '', allocatable, topologyKeys }: Partial<storageV1.CSINodeDriver>, index) => {
    const path = `spec.drivers[${index}]`;
    const repeated = names.has(name);
    names.add(name);
    return [
      ...csiDriverNameFaults(name, `${path}.name`),
      ...(nodeID === '' ? [required(`${path}.nodeID`)] : nodeID.length > NODE_ID_LENGTH_MAX ? [invalidValue(`${path}.nodeID`, nodeID, `must be ${NODE_ID_LENGTH_MAX} characters or less`)] : []),
      ...nonNegative(allocatable?.count, `${path}.allocatable.count`), ...(repeated ? [duplicate(`${path}.name`, name)] : []), ...topologyFaults(topologyKeys ?? [], path),
    ];
  });
}

function topologyFaults(keys: readonly string[], path: string): FieldError[] {
  const repeated = repeatedIndexes(keys);
  return keys.flatMap((key, index) => [
    ...(key === '' ? [required(path)] : []), ...(repeated.has(index) ? [duplicate(path, key)] : []), ...labelKeyFaults(key).map((fault) => invalidValue(path, key, fault)),
  ]);
}

/** A driver that stays, stays as it is; what it can attach may change. */
function driverChanges(drivers: readonly storageV1.CSINodeDriver[], old: readonly storageV1.CSINodeDriver[]): FieldError[] {
  return old.flatMap((before) => drivers.filter(({ name }) => name === before.name).flatMap((driver) => {
    const [now, then] = [driver, before].map(({ allocatable: _mutable, ...lasting }) => lasting);
    return jsonEquals(now, then) ? [] : [invalidValue('spec.drivers', internalJson('CSINodeDriver', now), 'field is immutable')];
  }));
}
