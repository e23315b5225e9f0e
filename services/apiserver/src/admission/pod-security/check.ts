import type { coreV1 } from '@kubernode/api';

/** What a check looks at. */
export interface PodView { readonly annotations: Readonly<Record<string, string>>; readonly spec: Readonly<coreV1.PodSpec> }

/** Why a pod is not allowed: always in few words, where one pod is concerned with the details. */
export interface Violation { readonly reason: string; readonly detail: string }

type CheckPod = (pod: PodView) => Violation | undefined;

/** One rule through the versions: what holds from each minor version on, the oldest first. */
export interface Check {
  readonly id: string;
  readonly versions: readonly { readonly since: number; readonly check: CheckPod }[];
  /** Checks of the baseline that this one, being stricter, stands for. */
  readonly overrides?: readonly string[];
}

/** Of a container in any of the three lists; ephemeral ones have the same fields. */
export type AnyContainer = Readonly<coreV1.Container>;

export function containersOf({ initContainers, containers, ephemeralContainers }: Readonly<coreV1.PodSpec>): AnyContainer[] {
  return [...initContainers ?? [], ...containers ?? [], ...(ephemeralContainers ?? []) as AnyContainer[]]; // the same fields as others
}

export function namesWhere(spec: Readonly<coreV1.PodSpec>, isBad: (container: AnyContainer) => boolean): string[] {
  return containersOf(spec).filter(isBad).map(({ name }) => name);
}

export function quoted(items: readonly string[]): string {
  return items.length === 0 ? '' : `"${items.join('", "')}"`;
}

export function sorted(items: Iterable<string>): string[] {
  return [...new Set(items)].sort();
}

export function plural(singular: string, pluralForm: string, count: number): string {
  return count === 1 ? singular : pluralForm;
}

/** `containers "a", "b"` */
export function containerList(names: readonly string[]): string {
  return `${plural('container', 'containers', names.length)} ${quoted(names)}`;
}

/** `pod and container "a"`: who says something at the pod and in containers. */
export function setters(pod: boolean, containers: readonly string[]): string {
  return [...(pod ? ['pod'] : []), ...(containers.length > 0 ? [containerList(containers)] : [])].join(' and ');
}

/** Root inside a user namespace is nobody outside. */
export function hasUserNamespace({ hostUsers }: Readonly<coreV1.PodSpec>): boolean {
  return hostUsers === false;
}

export function isWindows({ os }: Readonly<coreV1.PodSpec>): boolean {
  return os?.name === 'windows';
}
