import type { coreV1 } from '@kubernode/api';
import { forbiddenField, invalidValue, rangeFault, required, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { unifiedDiff } from '@kubernode/base';
import { internalText } from '../../shared/go-text/internal-json.ts';
import { annotationUpdateFaults, podAnnotationFaults } from '../../shared/pod-spec/pod-annotations.ts';
import { imageSpaceFaults } from '../../shared/pod-spec/containers.ts';
import { tolerationFaults } from '../../shared/pod-spec/tolerations.ts';
import { jsonEquals } from '../../write/json-equals.ts';
import { affinityUpdateFaults, nodeSelectorUpdateFaults } from './gated-scheduling.ts';
import { podFaults, specOf } from './pod-rules.ts';

type Pod = coreV1.Pod & KubeObject;
type Spec = Readonly<coreV1.PodSpec>;

const DEADLINE_MAX = 2 ** 31 - 1;
const MUTABLE = [
  '`spec.containers[*].image`', '`spec.initContainers[*].image`', '`spec.activeDeadlineSeconds`', '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

/** A pod's spec is as good as fixed: images, more tolerations, earlier deadlines and fewer gates are all that may change. */
export function podUpdateFaults(pod: Readonly<Pod>, old: Readonly<Pod>): FieldError[] {
  const [spec, before] = [specOf(pod), specOf(old)];
  if (jsonEquals(spec, before)) return [...podAnnotationFaults(pod.metadata.annotations ?? {}, spec, 'metadata.annotations'), ...annotationUpdateFaults(pod, old)]; // judged when it was written
  const errors = [...podFaults(pod, old), ...annotationUpdateFaults(pod, old)];
  for (const list of ['containers', 'initContainers'] as const) {
    if ((spec[list] ?? []).length !== (before[list] ?? []).length) return [...errors, forbiddenField(`spec.${list}`, 'pod updates may not add or remove containers')];
    errors.push(...imageFaults(spec[list], `spec.${list}`));
  }
  const deadline = deadlineFaults(spec.activeDeadlineSeconds, before.activeDeadlineSeconds);
  errors.push(...deadline);
  if (deadline.length > 0 && spec.activeDeadlineSeconds !== undefined) return errors;
  errors.push(...tolerationUpdateFaults(spec.tolerations ?? [], before.tolerations ?? []), ...gateFaults(spec.schedulingGates ?? [], before.schedulingGates ?? []));
  return [...errors, ...fixedPartFaults(spec, before)];
}

function imageFaults(containers: readonly coreV1.Container[] | undefined, path: string): FieldError[] {
  return (containers ?? []).flatMap((container, index) => [...(container.image ? [] : [required(`${path}[${index}].image`)]), ...imageSpaceFaults(container, `${path}[${index}]`)]);
}

function deadlineFaults(deadline: number | undefined, before: number | undefined): FieldError[] {
  const path = 'spec.activeDeadlineSeconds';
  if (deadline === undefined) return before === undefined ? [] : [invalidValue(path, null, 'must not update from a positive integer to nil value')];
  if (deadline < 0 || deadline > DEADLINE_MAX) return [invalidValue(path, deadline, rangeFault(0, DEADLINE_MAX))];
  return before !== undefined && before < deadline ? [invalidValue(path, deadline, 'must be less than or equal to previous value')] : [];
}

function tolerationUpdateFaults(tolerations: readonly coreV1.Toleration[], before: readonly coreV1.Toleration[]): FieldError[] {
  const identity = ({ key = '', operator = '', value = '', effect = '' }: Readonly<coreV1.Toleration>): string => JSON.stringify([key, operator, value, effect]);
  const given = new Set(tolerations.map(identity));
  const kept = before.every((old) => given.has(identity(old)));
  return kept ? tolerationFaults(tolerations, 'spec.tolerations') : [forbiddenField('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')];
}

function gateFaults(gates: readonly coreV1.PodSchedulingGate[], before: readonly coreV1.PodSchedulingGate[]): FieldError[] {
  const known = new Set(before.map(({ name }) => name));
  return gates.flatMap(({ name }, index) => (known.has(name) ? [] : [forbiddenField(`spec.schedulingGates[${index}].name`, `only deletion is allowed, but found new scheduling gate '${name}'`)]));
}

function fixedPartFaults(spec: Spec, before: Spec): FieldError[] {
  const errors: FieldError[] = [];
  const settled = settledSpec(spec, before);
  if ((before.schedulingGates ?? []).length > 0) {
    errors.push(...nodeSelectorUpdateFaults(spec.nodeSelector, before.nodeSelector), ...affinityUpdateFaults(spec.affinity?.nodeAffinity, before.affinity?.nodeAffinity));
    take(settled, before, 'nodeSelector');
    settleNodeAffinity(settled, before);
  }
  if (jsonEquals(settled, before)) return errors;
  return [...errors, forbiddenField('spec', `pod updates may not change fields other than ${MUTABLE}\n${unifiedDiff(internalText('PodSpec', before), internalText('PodSpec', settled))}`)];
}

/** The new spec with all that may change taken from the old one. */
function settledSpec(spec: Spec, before: Spec): coreV1.PodSpec {
  const settled: coreV1.PodSpec = { ...spec, containers: withImagesOf(spec.containers ?? [], before.containers ?? []) };
  if (spec.initContainers !== undefined) settled.initContainers = withImagesOf(spec.initContainers, before.initContainers ?? []);
  for (const field of ['activeDeadlineSeconds', 'schedulingGates', 'tolerations'] as const) take(settled, before, field);
  if ((before.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1) take(settled, before, 'terminationGracePeriodSeconds');
  return settled;
}

function withImagesOf(containers: readonly coreV1.Container[], before: readonly coreV1.Container[]): coreV1.Container[] {
  return containers.map((container, index) => {
    const { image: _image, ...rest } = container;
    const image = before[index]?.image;
    return image === undefined ? rest : { ...rest, image };
  });
}

function take<K extends keyof coreV1.PodSpec>(spec: coreV1.PodSpec, before: Spec, field: K): void {
  const value = before[field];
  if (value === undefined) delete spec[field];
  else spec[field] = value;
}

/** What a gated pod says of nodes has been judged on its own. */
function settleNodeAffinity(spec: coreV1.PodSpec, before: Spec): void {
  const { nodeAffinity: _own, ...others } = spec.affinity ?? {};
  const nodeAffinity = before.affinity?.nodeAffinity;
  const affinity = { ...others, ...(nodeAffinity !== undefined && { nodeAffinity }) };
  if (Object.keys(affinity).length === 0 && before.affinity === undefined) delete spec.affinity;
  else spec.affinity = affinity;
}
