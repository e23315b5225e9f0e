import { scaledIntOrPercent } from '@kubernode/apimachinery';
import type { appsV1 } from '@kubernode/api';

type DaemonSet = Readonly<appsV1.DaemonSet>;

/** How many nodes may have a second daemon, and on how many it may be missing, while a rollout goes over `desired` nodes. */
export function rolloutBounds(set: DaemonSet, desired: number): { maxSurge: number; maxUnavailable: number } {
  const maxSurge = bound(set, 'maxSurge', desired);
  const maxUnavailable = bound(set, 'maxUnavailable', desired);
  return { maxSurge, maxUnavailable: desired > 0 && maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable }; // with both zero nothing would ever move
}

export function allowsSurge(set: DaemonSet): boolean { return bound(set, 'maxSurge', 1) > 0; }

function bound({ spec }: DaemonSet, name: 'maxSurge' | 'maxUnavailable', desired: number): number {
  const { type, rollingUpdate } = spec?.updateStrategy ?? {};
  const given = type === 'RollingUpdate' ? rollingUpdate?.[name] : undefined;
  return given === undefined ? 0 : scaledIntOrPercent(given, desired, 'up') ?? 0;
}
