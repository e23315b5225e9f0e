import type { Stored } from '../history/history.ts';

/** What a Deployment allows its controller. */
export interface DeploymentWish { replicas: number; surge: number; unavailable: number; isRolling: boolean }

interface DeploymentSpec { replicas?: number; strategy?: { type?: string; rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string } } }

export function deploymentWish(deployment: Stored): DeploymentWish {
  const { replicas = 1, strategy: { type, rollingUpdate = {} } = {} } = deployment.spec as DeploymentSpec; // a Deployment
  if (type === 'Recreate') return { replicas, surge: 0, unavailable: replicas, isRolling: false };
  const surge = scaled(rollingUpdate.maxSurge ?? '25%', replicas, Math.ceil);
  const unavailable = Math.min(scaled(rollingUpdate.maxUnavailable ?? '25%', replicas, Math.floor), replicas);
  return { replicas, surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable, isRolling: true };
}

/** A number as it is, a share of `whole`. */
export function scaled(given: number | string, whole: number, round: (share: number) => number): number {
  return typeof given === 'number' ? given : round((whole * Number.parseInt(given, 10)) / 100);
}
