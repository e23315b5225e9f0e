import type { schedulingV1 } from '@kubernode/api';
import { forbiddenField, immutableField, notSupported, required, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';

type PriorityClass = schedulingV1.PriorityClass & KubeObject;

const USER_PRIORITY_MAX = 1_000_000_000;
const SYSTEM_PREFIX = 'system-';
/** The classes with that prefix that there are, with their values. */
const SYSTEM_CLASSES: ReadonlyMap<string, number> = new Map([['system-node-critical', 2 * USER_PRIORITY_MAX + 1000], ['system-cluster-critical', 2 * USER_PRIORITY_MAX]]);
const POLICIES = ['PreemptLowerPriority', 'Never'];

export const priorityClassStrategy: Strategy<PriorityClass> = {
  defaults(object) {
    object.preemptionPolicy ??= 'PreemptLowerPriority';
    if (object.globalDefault === false) delete object.globalDefault;
  },
  prepareForCreate: (object) => { object.metadata.generation = 1; },
  refuseDelete: (name) => (SYSTEM_CLASSES.has(name) ? 'this is a system priority class and cannot be deleted' : undefined),
  validate,
  validateUpdate: (object, old) => [
    ...(object.value === old.value ? [] : [forbiddenField('value', 'may not be changed in an update.')]),
    ...immutableField(object.preemptionPolicy ?? null, old.preemptionPolicy ?? null, 'preemptionPolicy'),
  ],
};

function validate({ metadata, value, globalDefault, preemptionPolicy }: Readonly<PriorityClass>): FieldError[] {
  const errors: FieldError[] = [];
  if (metadata.name.startsWith(SYSTEM_PREFIX)) errors.push(...systemFaults(metadata.name, value ?? 0, globalDefault === true));
  else if ((value ?? 0) > USER_PRIORITY_MAX) errors.push(forbiddenField('value', `maximum allowed value of a user defined priority is ${USER_PRIORITY_MAX}`));
  if (preemptionPolicy !== undefined && !POLICIES.includes(preemptionPolicy)) errors.push(preemptionPolicy === '' ? required('preemptionPolicy') : notSupported('preemptionPolicy', preemptionPolicy, POLICIES));
  return errors;
}

function systemFaults(name: string, value: number, globalDefault: boolean): FieldError[] {
  const known = SYSTEM_CLASSES.get(name);
  const why = known === undefined ? `${name} is not a known system priority class`
    : known !== value ? `value of ${name} PriorityClass must be ${known}` : globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
  return why === undefined ? [] : [forbiddenField('metadata.name', `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only. error: ${why}`)];
}
