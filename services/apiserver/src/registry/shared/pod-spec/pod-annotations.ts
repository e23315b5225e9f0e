import type { coreV1 } from '@kubernode/api';
import { forbiddenField, invalidValue, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { APP_ARMOR_CONTAINER, profileAnnotationFaults } from './security-profiles.ts';

export const MIRROR = 'kubernetes.io/config.mirror';
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const INT32_MAX = 2 ** 31 - 1;

type Pod = coreV1.Pod & KubeObject;
type Annotations = Readonly<Record<string, string>>;

/** Annotations of pods that mean something to Kubernetes. */
export function podAnnotationFaults(annotations: Annotations, spec: Readonly<coreV1.PodSpec>, path: string): FieldError[] {
  const mirror = annotations[MIRROR];
  const cost = annotations[DELETION_COST];
  return [
    ...(mirror !== undefined && !spec.nodeName ? [invalidValue(`${path}[${MIRROR}]`, mirror, 'must set spec.nodeName if mirror pod annotation is set')] : []),
    ...(cost === undefined || isDeletionCost(cost) ? [] : [invalidValue(`${path}[${DELETION_COST}]`, cost, 'must be a 32bit integer')]),
    ...profileAnnotationFaults(annotations, spec, path),
  ];
}

/** A number in the one form that it is written back in. */
function isDeletionCost(text: string): boolean {
  return /^(?:0|-?[1-9][0-9]*)$/.test(text) && Number(text) <= INT32_MAX && Number(text) >= -INT32_MAX - 1;
}

/** Annotations that describe what the kubelet has made of the pod stay as they are. All are judged once more, as in Kubernetes. */
export function annotationUpdateFaults({ metadata, spec }: Readonly<Pod>, { metadata: before }: Readonly<Pod>): FieldError[] {
  const path = 'metadata.annotations';
  const [annotations, old]: [Annotations, Annotations] = [metadata.annotations ?? {}, before.annotations ?? {}];
  const errors: FieldError[] = [];
  const forbid = (key: string, verb: string): void => {
    if (key.startsWith(APP_ARMOR_CONTAINER)) errors.push(forbiddenField(`${path}[${key}]`, `may not ${verb} AppArmor annotations`));
    if (key === MIRROR) errors.push(forbiddenField(`${path}[${key}]`, `may not ${verb} mirror pod annotation`));
  };
  for (const [key, value] of Object.entries(old)) if (annotations[key] !== value) forbid(key, 'remove or update');
  for (const key of Object.keys(annotations)) if (old[key] === undefined) forbid(key, 'add');
  return [...errors, ...podAnnotationFaults(annotations, spec ?? { containers: [] }, path)];
}
