import type { coreV1, schedulingV1 } from '@kubernode/api';
import { forbidden, type KubeObject } from '@kubernode/apimachinery';
import type { ObjectSource } from '../endpoints/endpoint.ts';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import type { AdmissionDependencies } from './admission-plugins.ts';
import { refusal } from './refusal.ts';

type PriorityClass = schedulingV1.PriorityClass & KubeObject;
const PRIORITY_CLASSES = { group: 'scheduling.k8s.io', resource: 'priorityclasses' };
/** The cluster's own pods need them. */
const SYSTEM_CLASSES = ['system-cluster-critical', 'system-node-critical'];
const DEFAULT_PRIORITY = 0;
const DEFAULT_POLICY = 'PreemptLowerPriority';

/** Turns the name of a pod's priority class into its number; sees to it that only one class is everybody's default. */
export function priority({ sources, get }: AdmissionDependencies): AdmissionPlugin {
  const classes = sources<PriorityClass>(PRIORITY_CLASSES);
  const find = async (name: string): Promise<Readonly<PriorityClass> | undefined> => classes.get('', name) ?? await get(PRIORITY_CLASSES, '', name) as PriorityClass | undefined; // what is stored there is one
  return {
    name: 'Priority',
    admit: (attributes) => (isPod(attributes) ? admitPod(attributes, { classes, find }) : undefined),
    validate: (attributes) => {
      if (attributes.resource !== 'priorityclasses' || attributes.group !== PRIORITY_CLASSES.group) return;
      if (attributes.object !== undefined) checkDefault(attributes.object as PriorityClass, classes); // by the check
      if (attributes.operation === 'DELETE' && SYSTEM_CLASSES.includes(attributes.name)) throw forbidden(PRIORITY_CLASSES, attributes.name, 'this is a system priority class and cannot be deleted');
    },
  };
}

function isPod({ group, resource, subresource, operation }: AdmissionAttributes): boolean {
  return group === '' && resource === 'pods' && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE');
}

async function admitPod(attributes: AdmissionAttributes, { classes, find }: { classes: ObjectSource<PriorityClass>; find(name: string): Promise<Readonly<PriorityClass> | undefined> }): Promise<void> {
  const { object, oldObject, operation } = attributes;
  const { spec } = object as Partial<coreV1.Pod>; // pods, by the check before
  if (spec === undefined) return;
  if (operation === 'UPDATE') {
    const old = (oldObject as Partial<coreV1.Pod> | undefined)?.spec; // likewise
    if (spec.priority === undefined && old?.priority !== undefined) spec.priority = old.priority;
    if (spec.preemptionPolicy === undefined && old?.preemptionPolicy !== undefined) spec.preemptionPolicy = old.preemptionPolicy;
    return;
  }
  const chosen = spec.priorityClassName ? await find(spec.priorityClassName) : defaultClass(classes);
  if (spec.priorityClassName && chosen === undefined) throw refusal(attributes, `no PriorityClass with name ${spec.priorityClassName} was found`);
  const value = chosen?.value ?? DEFAULT_PRIORITY;
  if (spec.priority !== undefined && spec.priority !== value) {
    throw refusal(attributes, `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`);
  }
  const policy = chosen?.preemptionPolicy ?? DEFAULT_POLICY;
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    throw refusal(attributes, `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`);
  }
  spec.priority = value;
  spec.preemptionPolicy = policy;
  if (chosen !== undefined) spec.priorityClassName = chosen.metadata.name;
}

/** Of several defaults the lowest: the others would surprise more. */
function defaultClass(classes: ObjectSource<PriorityClass>): Readonly<PriorityClass> | undefined {
  let lowest: Readonly<PriorityClass> | undefined;
  for (const one of classes.list()) if (one.globalDefault === true && (lowest === undefined || (one.value ?? 0) < (lowest.value ?? 0))) lowest = one;
  return lowest;
}

function checkDefault(wanted: Readonly<PriorityClass>, classes: ObjectSource<PriorityClass>): void {
  if (wanted.globalDefault !== true) return;
  for (const { metadata, globalDefault } of classes.list()) {
    if (globalDefault === true && metadata.name !== wanted.metadata.name) throw forbidden(PRIORITY_CLASSES, wanted.metadata.name, `PriorityClass ${metadata.name} is already marked as default. Only one default can exist`);
  }
}
