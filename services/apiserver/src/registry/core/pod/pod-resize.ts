import type { coreV1 } from '@kubernode/api';
import { forbiddenField, invalidValue, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { isSidecar } from '../../shared/pod-spec/container-visitor.ts';
import { MIRROR } from '../../shared/pod-spec/pod-annotations.ts';
import { jsonEquals } from '../../write/json-equals.ts';
import { podQosClass } from '../pod-qos.ts';
import { keepMetadata } from './kept-metadata.ts';
import { podFaults, specOf } from './pod-rules.ts';

type Pod = coreV1.Pod & KubeObject;
type Resources = coreV1.ResourceRequirements;
type Amounts = Readonly<Record<string, string>>;

const RESIZABLE = ['cpu', 'memory'] as const;

/** The subresource writes resources, of the pod and of its containers, and how these take changes. */
export function keepAllButResources(pod: Pod, old: Readonly<Pod>): void {
  const [spec, before] = [specOf(pod), specOf(old)];
  if ((spec.containers ?? []).length !== (before.containers ?? []).length || (spec.initContainers ?? []).length !== (before.initContainers ?? []).length) return; // refused by the rules
  const kept = structuredClone(before) as coreV1.PodSpec; // a private copy
  kept.containers = withResourcesOf(spec.containers ?? [], kept.containers ?? []);
  if (kept.initContainers !== undefined) kept.initContainers = withResourcesOf(spec.initContainers ?? [], kept.initContainers);
  if (spec.resources === undefined) delete kept.resources;
  else kept.resources = spec.resources;
  pod.spec = kept;
  if (old.status !== undefined) pod.status = structuredClone(old.status) as coreV1.PodStatus; // as above
  keepMetadata(pod, old);
}

function withResourcesOf(containers: readonly coreV1.Container[], before: readonly coreV1.Container[]): coreV1.Container[] {
  if (containers.some(({ name }, index) => name !== before[index]?.name)) return [...containers]; // refused by the rules
  return before.map((container, index) => {
    const { resources: _resources, resizePolicy: _policy, ...rest } = container;
    const { resources, resizePolicy } = containers[index] ?? {};
    return { ...rest, ...(resources !== undefined && { resources }), ...(resizePolicy !== undefined && { resizePolicy }) };
  });
}

/** CPU and memory of a pod that runs may change, its class of service may not. */
export function resizeFaults(pod: Readonly<Pod>, old: Readonly<Pod>): FieldError[] {
  if (old.metadata.annotations?.[MIRROR] !== undefined) return [forbiddenField('[]', 'static pods cannot be resized')];
  if (old.spec?.os?.name === 'windows') return [forbiddenField('[]', 'windows pods cannot be resized')];
  const [spec, before] = [specOf(pod), specOf(old)];
  const errors = podFaults(pod, old);
  if ((old.status?.qosClass || podQosClass(before)) !== podQosClass(spec)) errors.push(invalidValue('spec', pod.status?.qosClass ?? '', 'Pod QOS Class may not change as a result of resizing'));
  if (!runsWhereResized(old)) errors.push(forbiddenField('spec', 'Pod running on node without support for resize'));
  if (hasOwnResources(before) || hasOwnResources(spec)) errors.push(...podLevelFaults(spec, before));
  const order = orderFaults(spec, before);
  if (order.length > 0) return [...errors, ...order];
  errors.push(...removalFaults(spec, before), ...otherChangeFaults(spec, before));
  return errors.length > 0 || jsonEquals(withoutResizable(spec), withoutResizable(before)) ? errors : [forbiddenField('spec', 'only cpu and memory resources are mutable')];
}

/** A node that tells what its containers have can change it. */
function runsWhereResized({ status }: Readonly<Pod>): boolean {
  const running = (status?.containerStatuses ?? []).find(({ state }) => state?.running !== undefined);
  return running === undefined || running.resources !== undefined;
}

function hasOwnResources({ resources }: Readonly<coreV1.PodSpec>): boolean {
  return Object.keys(resources?.requests ?? {}).length + Object.keys(resources?.limits ?? {}).length > 0;
}

function podLevelFaults({ resources }: Readonly<coreV1.PodSpec>, { resources: before }: Readonly<coreV1.PodSpec>): FieldError[] {
  if (before !== undefined && resources === undefined) return [forbiddenField('spec.resources', 'pod-level resources cannot be removed')];
  return [
    ...(lost(resources?.requests, before?.requests) ? [forbiddenField('spec.resources.requests', 'pod-level resource requests cannot be removed')] : []),
    ...(lost(resources?.limits, before?.limits) ? [forbiddenField('spec.resources.limits', 'pod-level resource limits cannot be removed')] : []),
    ...(jsonEquals(fixedResources(resources), fixedResources(before)) ? [] : [forbiddenField('spec', 'only cpu and memory resources are mutable at pod-level')]),
  ];
}

function orderFaults(spec: Readonly<coreV1.PodSpec>, before: Readonly<coreV1.PodSpec>): FieldError[] {
  return (['containers', 'initContainers'] as const).flatMap((list) => {
    const [containers, old] = [spec[list] ?? [], before[list] ?? []];
    if (containers.length !== old.length) return [forbiddenField(`spec.${list}`, `${list} may not be added or removed on resize`)];
    return old.flatMap(({ name }, index) => (containers[index]?.name === name ? [] : [forbiddenField(`spec.${list}[${index}].name`, `${list} may not be renamed or reordered on resize`)]));
  });
}

function removalFaults(spec: Readonly<coreV1.PodSpec>, before: Readonly<coreV1.PodSpec>): FieldError[] {
  return (['initContainers', 'containers'] as const).flatMap((list) => (before[list] ?? []).flatMap(({ resources: old }, index) => {
    const resources = spec[list]?.[index]?.resources;
    const path = `spec.${list}[${index}].resources`;
    return [
      ...(lost(resources?.requests, old?.requests) ? [forbiddenField(`${path}.requests`, 'resource requests cannot be removed')] : []),
      ...(lost(resources?.limits, old?.limits) ? [forbiddenField(`${path}.limits`, 'resource limits cannot be removed')] : []),
    ];
  }));
}

function lost(amounts: Amounts | undefined, before: Amounts | undefined): boolean {
  return Object.keys(before ?? {}).some((name) => amounts?.[name] === undefined);
}

function otherChangeFaults(spec: Readonly<coreV1.PodSpec>, before: Readonly<coreV1.PodSpec>): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, container] of (spec.containers ?? []).entries()) {
    if (!jsonEquals(fixedContainer(container), fixedContainer(before.containers[index]))) errors.push(forbiddenField('spec', 'only cpu and memory resources are mutable'));
  }
  for (const [index, container] of (spec.initContainers ?? []).entries()) {
    const old = before.initContainers?.[index];
    const path = `spec.initContainers[${index}]`;
    if (!jsonEquals(fixedContainer(container), fixedContainer(old))) errors.push(forbiddenField(path, 'only cpu and memory resources for init or sidecar containers are mutable'));
    if (isSidecar(container) || jsonEquals(container, old)) continue;
    for (const { restartPolicy } of container.resizePolicy ?? []) {
      if (restartPolicy === 'RestartContainer') errors.push(forbiddenField(path, 'non-sidecar init containers with a resize policy of RestartContainer cannot be resized'));
    }
  }
  return errors;
}

/** A container without what may change. */
function fixedContainer(container: Readonly<coreV1.Container> | undefined): unknown {
  return container === undefined ? undefined : { ...container, resources: fixedResources(container.resources) };
}

function fixedResources(resources: Readonly<Resources> | undefined): unknown {
  const fixed = (amounts: Amounts = {}): [string, string][] => Object.entries(amounts).filter(([name]) => !RESIZABLE.some((one) => one === name)).sort(([a], [b]) => (a < b ? -1 : 1));
  return { limits: fixed(resources?.limits), requests: fixed(resources?.requests), claims: resources?.claims };
}

function withoutResizable(spec: Readonly<coreV1.PodSpec>): unknown {
  return { ...spec, resources: undefined, containers: spec.containers.map(fixedContainer), initContainers: spec.initContainers?.map(fixedContainer) };
}
