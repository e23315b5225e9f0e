import type { coreV1 } from '@kubernode/api';
import { dnsLabelFaults, duplicate, forbiddenField, invalidValue, jsonEquals, notSupported, required, type FieldError, type Json, type KubeObject } from '@kubernode/apimachinery';

type Pod = coreV1.Pod & KubeObject;

export function validatePod(pod: Readonly<Pod>): FieldError[] {
  return validatePodSpec(pod.spec, 'spec');
}

/** Faults of a pod's spec: the most common ones. */
export function validatePodSpec(spec: Readonly<coreV1.PodSpec> | undefined, path: string): FieldError[] {
  if (spec === undefined) return [required(`${path}.containers`)];
  const volumes = validateVolumes(spec.volumes ?? [], `${path}.volumes`);
  const names = new Set<string>();
  const errors = [...volumes];
  if ((spec.containers ?? []).length === 0) errors.push(required(`${path}.containers`));
  for (const [i, container] of (spec.containers ?? []).entries()) errors.push(...validateContainer(container, `${path}.containers[${i}]`, names));
  for (const [i, container] of (spec.initContainers ?? []).entries()) errors.push(...validateContainer(container, `${path}.initContainers[${i}]`, names));
  if (spec.restartPolicy === '') errors.push(required(`${path}.restartPolicy`));
  else if (!['Always', 'OnFailure', 'Never'].includes(spec.restartPolicy ?? '')) errors.push(notSupported(`${path}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']));
  return errors;
}

function validateVolumes(volumes: readonly coreV1.Volume[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, { name = '', ...sources }] of volumes.entries()) {
    const kinds = Object.keys(sources);
    for (const kind of kinds.slice(1)) errors.push(forbiddenField(`${path}[${i}].${kind}`, 'may not specify more than 1 volume type'));
    if (name === '') errors.push(required(`${path}[${i}].name`));
    else errors.push(...dnsLabelFaults(name).map((fault) => invalidValue(`${path}[${i}].name`, name, fault)));
    if (seen.has(name)) errors.push(duplicate(`${path}[${i}].name`, name));
    seen.add(name);
  }
  return errors;
}

function validateContainer({ name = '', image = '', imagePullPolicy }: Readonly<coreV1.Container>, path: string, names: Set<string>): FieldError[] {
  const errors: FieldError[] = [];
  if (name === '') errors.push(required(`${path}.name`));
  else errors.push(...dnsLabelFaults(name).map((fault) => invalidValue(`${path}.name`, name, fault)));
  if (name !== '' && names.has(name)) errors.push(duplicate(`${path}.name`, name));
  names.add(name);
  if (image === '') errors.push(required(`${path}.image`));
  if (imagePullPolicy !== undefined && !['Always', 'IfNotPresent', 'Never'].includes(imagePullPolicy)) errors.push(notSupported(`${path}.imagePullPolicy`, imagePullPolicy, ['Always', 'IfNotPresent', 'Never']));
  return errors;
}

const MUTABLE = 'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** A pod's spec is as good as fixed: images, tolerations, deadlines and what the server itself binds may change. */
export function validatePodUpdate(pod: Readonly<Pod>, old: Readonly<Pod>, { subresource }: { subresource: string }): FieldError[] {
  if (subresource !== '') return [];
  const errors = validatePod(pod);
  if (!jsonEquals(fixedPart(pod) as Json, fixedPart(old) as Json)) errors.push(forbiddenField('spec', MUTABLE)); // specs are JSON
  return errors;
}

function fixedPart({ spec }: Readonly<Pod>): unknown {
  const withoutImages = (containers: readonly coreV1.Container[] | undefined): unknown => containers?.map(({ image: _image, ...rest }) => rest);
  const { activeDeadlineSeconds: _deadline, tolerations: _tolerations, terminationGracePeriodSeconds: _grace, schedulingGates: _gates, nodeSelector: _selector, affinity: _affinity, ...rest } = spec ?? { containers: [] };
  return JSON.parse(JSON.stringify({ ...rest, containers: withoutImages(spec?.containers), initContainers: withoutImages(spec?.initContainers) }));
}
