import type { coreV1, storageV1 } from '@kubernode/api';
import { duplicate, immutableField, invalidMap, notSupported, repeatedIndexes, required, validateLabelKey, type FieldError, type KubeObject } from '@kubernode/apimachinery';
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
    ...validate(object), ...(jsonEquals(object.parameters, old.parameters) ? [] : [invalidMap('parameters', object.parameters, 'field is immutable')]),
    ...immutableField(object.provisioner ?? '', old.provisioner ?? '', 'provisioner'),
    ...immutableField(object.reclaimPolicy ?? null, old.reclaimPolicy ?? null, 'reclaimPolicy'),
    ...immutableField(object.volumeBindingMode ?? null, old.volumeBindingMode ?? null, 'volumeBindingMode'),
  ],
  returnsDeletedObject: true,
};

function validate({ provisioner = '', parameters, reclaimPolicy = '', volumeBindingMode = '', allowedTopologies = [] }: Readonly<Partial<StorageClass>>): FieldError[] {
  return [
    ...provisionerFaults(provisioner, 'provisioner'), ...parameterFaults(parameters, { needed: false }),
    ...(reclaimPolicy === '' || RECLAIM_POLICIES.includes(reclaimPolicy) ? [] : [notSupported('reclaimPolicy', reclaimPolicy, RECLAIM_POLICIES)]),
    ...(BINDING_MODES.includes(volumeBindingMode) ? [] : [notSupported('volumeBindingMode', volumeBindingMode, BINDING_MODES)]), ...topologyFaults(allowedTopologies),
  ];
}

function topologyFaults(terms: readonly coreV1.TopologySelectorTerm[]): FieldError[] {
  const seen = new Set<string>(terms.length > 0 ? ['{}'] : []); // Kubernetes takes an empty term for a repetition
  return terms.flatMap(({ matchLabelExpressions: expressions = [] }, index) => {
    const path = `allowedTopologies[${index}].matchLabelExpressions`;
    const meaning = meaningOf(expressions);
    const repetitions = seen.has(meaning) ? [duplicate(path, '')] : [];
    seen.add(meaning);
    return [...expressions.flatMap((one, place) => expressionFaults(one, `${path}[${place}]`, expressions.findIndex(({ key }) => key === one.key) < place)), ...repetitions];
  });
}

/** Terms mean the same when they allow the same values for each label. */
function meaningOf(expressions: readonly coreV1.TopologySelectorLabelRequirement[]): string {
  const byKey = new Map(expressions.map(({ key, values }) => [key, [...new Set(values ?? [])].sort()]));
  return JSON.stringify(Object.fromEntries([...byKey].sort(([a], [b]) => (a < b ? -1 : 1))));
}

function expressionFaults({ key = '', values }: Readonly<Partial<coreV1.TopologySelectorLabelRequirement>>, path: string, repeated: boolean): FieldError[] {
  const list = values ?? []; // a required list that came empty is null
  const repeatedValues = repeatedIndexes(list);
  return [
    ...(list.length === 0 ? [required(`${path}.values`)] : []), ...list.flatMap((value, index) => (repeatedValues.has(index) ? [duplicate(`${path}.values[${index}]`, value)] : [])),
    ...validateLabelKey(key, `${path}.key`), ...(repeated ? [duplicate(`${path}.key`, key)] : []),
  ];
}
