import type { coreV1 } from '@kubernode/api';
import { duplicate, forbiddenField, invalidValue, notFoundValue, required, type FieldError } from '@kubernode/apimachinery';
import { labelNameFaults } from '../port-rules.ts';
import { requiredOneOf } from '../value-rules.ts';
import { containerRestartFaults, resizePolicyFaults } from './container-restart.ts';
import { isSidecar } from './container-visitor.ts';
import { envFaults, envFromFaults } from './env.ts';
import { PULL_POLICIES } from './local-volumes.ts';
import { mountFaults } from './mounts.ts';
import { containerPortFaults, hostPortConflicts } from './ports.ts';
import { lifecycleAndProbeFaults } from './probes.ts';
import { resourceFaults } from './resources.ts';
import { containerSecurityFaults } from './security-context.ts';

/** What containers may refer to. */
export interface ContainerSurroundings {
  spec: Readonly<coreV1.PodSpec>;
  /** Those of the pod that are well-formed. */
  volumes: ReadonlyMap<string, Readonly<coreV1.Volume>>;
  claims: ReadonlySet<string>;
}

/** Faults of all containers of a pod; `path` is that of its spec. */
export function allContainerFaults(pod: ContainerSurroundings, path: string): FieldError[] {
  return [...mainFaults(pod, `${path}.containers`), ...initFaults(pod, `${path}.initContainers`), ...ephemeralFaults(pod, `${path}.ephemeralContainers`)];
}

function mainFaults(pod: ContainerSurroundings, path: string): FieldError[] {
  const containers = pod.spec.containers ?? []; // null in a body without any
  if (containers.length === 0) return [required(path)];
  const names = new Set<string>();
  const errors = containers.flatMap((container, index) => {
    const at = `${path}[${index}]`;
    const faults = containerFaults(container, pod, at);
    if (names.has(container.name)) faults.push(duplicate(`${at}.name`, container.name));
    names.add(container.name);
    return [...faults, ...lifecycleAndProbeFaults(container, pod.spec.terminationGracePeriodSeconds, at), ...containerRestartFaults(container, at)];
  });
  return [...errors, ...hostPortConflicts(containers, path)];
}

function initFaults(pod: ContainerSurroundings, path: string): FieldError[] {
  const names = new Set((pod.spec.containers ?? []).map(({ name }) => name));
  return (pod.spec.initContainers ?? []).flatMap((container, index) => {
    const at = `${path}[${index}]`;
    const faults = [...containerFaults(container, pod, at), ...containerRestartFaults(container, at)];
    if (names.has(container.name)) faults.push(duplicate(`${at}.name`, container.name));
    else if (container.name) names.add(container.name);
    faults.push(...hostPortConflicts([container], path));
    if (isSidecar(container)) return [...faults, ...lifecycleAndProbeFaults(container, pod.spec.terminationGracePeriodSeconds, at)];
    return [...faults, ...endingContainerFaults(container, at)];
  });
}

/** Init containers come to an end: nobody asks them how they are. */
function endingContainerFaults(container: Readonly<coreV1.Container>, path: string): FieldError[] {
  const fields = (['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const).filter((field) => container[field] !== undefined);
  return [
    ...fields.map((field) => forbiddenField(`${path}.${field}`, 'may not be set for init containers without restartPolicy=Always')),
    ...(container.resizePolicy ?? []).flatMap(({ restartPolicy }, index) => (restartPolicy === 'RestartContainer'
      ? [invalidValue(`${path}.resizePolicy[${index}].restartPolicy`, restartPolicy, "must not be set to 'RestartContainer' for non-sidecar initContainers")] : [])),
  ];
}

const EPHEMERAL_FIELDS: ReadonlySet<string> = new Set([
  'name', 'image', 'command', 'args', 'workingDir', 'env', 'envFrom', 'volumeMounts', 'volumeDevices', 'terminationMessagePath', 'terminationMessagePolicy', 'imagePullPolicy', 'securityContext', 'stdin', 'stdinOnce', 'tty', 'targetContainerName',
]);
/** What an ephemeral container has none of, in the order of its fields in Kubernetes. */
const FIELD_ORDER = ['ports', 'resources', 'resizePolicy', 'restartPolicy', 'restartPolicyRules', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'] as const;

function ephemeralFaults(pod: ContainerSurroundings, path: string): FieldError[] {
  const others = new Set([...pod.spec.containers ?? [], ...pod.spec.initContainers ?? []].map(({ name }) => name));
  const names = new Set(others);
  return (pod.spec.ephemeralContainers ?? []).flatMap((container, index) => {
    const at = `${path}[${index}]`;
    const faults = [...containerFaults(container, pod, at), ...imageSpaceFaults(container, at)];
    if (names.has(container.name)) faults.push(duplicate(`${at}.name`, container.name));
    names.add(container.name);
    const { targetContainerName: target = '' } = container;
    if (target !== '' && !others.has(target)) faults.push(notFoundValue(`${at}.targetContainerName`, target));
    for (const field of FIELD_ORDER) if (!EPHEMERAL_FIELDS.has(field) && isSet(container[field])) faults.push(forbiddenField(`${at}.${field}`, 'cannot be set for an Ephemeral Container'));
    for (const [mountIndex, mount] of (container.volumeMounts ?? []).entries()) {
      for (const field of ['subPath', 'subPathExpr'] as const) if (mount[field]) faults.push(forbiddenField(`${at}.volumeMounts[${mountIndex}].${field}`, 'cannot be set for an Ephemeral Container'));
    }
    return faults;
  });
}

function isSet(value: object | string | undefined): boolean {
  return value !== undefined && (typeof value === 'string' || Object.keys(value).length > 0);
}

/** What containers of all kinds have in common. */
function containerFaults(container: Readonly<coreV1.Container>, { spec, volumes, claims }: ContainerSurroundings, path: string): FieldError[] {
  const { name, image, terminationMessagePolicy, imagePullPolicy } = container;
  return [
    ...(name ? labelNameFaults(name, `${path}.name`) : [required(`${path}.name`)]), ...(image ? [] : [required(`${path}.image`)]),
    ...requiredOneOf(terminationMessagePolicy, `${path}.terminationMessagePolicy`, ['File', 'FallbackToLogsOnError']),
    ...containerPortFaults(container.ports, `${path}.ports`), ...envFaults(container.env, `${path}.env`), ...envFromFaults(container.envFrom, `${path}.envFrom`),
    ...mountFaults(container, volumes, path), ...requiredOneOf(imagePullPolicy, `${path}.imagePullPolicy`, PULL_POLICIES),
    ...resourceFaults(container.resources, `${path}.resources`, { claims }), ...resizePolicyFaults(container.resizePolicy, `${path}.resizePolicy`, spec.restartPolicy),
    ...containerSecurityFaults(container.securityContext, `${path}.securityContext`, { hostUsers: spec.hostUsers !== false }),
  ];
}

/** Templates may be filled in later; the image of a pod is what is pulled. */
export function imageSpaceFaults({ image = '' }: Readonly<coreV1.Container>, path: string): FieldError[] {
  return image.trim() === image ? [] : [invalidValue(`${path}.image`, image, 'must not have leading or trailing whitespace')];
}
