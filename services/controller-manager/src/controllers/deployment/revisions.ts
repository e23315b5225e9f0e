import type { appsV1 } from '@kubernode/api';
import { maxSurge, wantedReplicas } from './replica-counts.ts';

type Deployment = Readonly<appsV1.Deployment>;
type ReplicaSet = Readonly<appsV1.ReplicaSet>;
type Annotations = Record<string, string>;

export const REVISION = 'deployment.kubernetes.io/revision';
export const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
export const ROLLBACK_TO = 'deprecated.deployment.rollback.to';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** A Deployment's annotations that its ReplicaSets do not get. */
const OWN: ReadonlySet<string> = new Set([LAST_APPLIED, REVISION, REVISION_HISTORY, DESIRED_REPLICAS, MAX_REPLICAS, ROLLBACK_TO]);
const HISTORY_CHARS_MAX = 2000;

/** The rollout that a ReplicaSet was last made for: 64 bits, as Kubernetes counts them; undefined when it does not say. */
export function revisionOf(object: { metadata: { annotations?: Annotations } }): bigint | undefined {
  const text = object.metadata.annotations?.[REVISION] ?? '';
  return text === '' ? 0n : parseRevision(text);
}

function parseRevision(text: string): bigint | undefined {
  if (!/^[-+]?\d{1,19}$/.test(text)) return undefined;
  const revision = BigInt(text.replace(/^\+/, ''));
  return BigInt.asIntN(64, revision) === revision ? revision : undefined;
}

export function maxRevision(sets: readonly ReplicaSet[]): bigint {
  return sets.map((set) => revisionOf(set) ?? 0n).reduce((most, one) => (one > most ? one : most), 0n);
}

/** The second-highest: what a rollback without a number goes to. 0 when there is none. */
export function lastRevision(sets: readonly ReplicaSet[]): bigint {
  return sets.map((set) => revisionOf(set) ?? 0n).sort((a, b) => (a < b ? 1 : -1))[1] ?? 0n;
}

/** The annotations that the newest ReplicaSet should have. */
export function newReplicaSetAnnotations(deployment: Deployment, present: Annotations, revision: bigint, exists: boolean): Annotations {
  const copied = { ...present, ...Object.fromEntries(Object.entries(deployment.metadata.annotations ?? {}).filter(([name]) => !OWN.has(name))) };
  const text = present[REVISION] ?? '';
  const before = text === '' ? 0n : parseRevision(text);
  if (before === undefined) return present; // somebody's own numbering is left alone
  const raised = before < revision ? { ...copied, [REVISION]: String(revision), ...(text !== '' && history(present[REVISION_HISTORY] ?? '', text)) } : copied;
  return exists ? raised : { ...raised, ...replicasAnnotations(deployment) };
}

/** How large the Deployment was when its ReplicaSet was scaled: tells scaling from rolling out. */
export function replicasAnnotations(deployment: Deployment): Annotations {
  const wanted = wantedReplicas(deployment);
  return { [DESIRED_REPLICAS]: String(wanted), [MAX_REPLICAS]: String(wanted + maxSurge(deployment)) };
}

/** The oldest entries make room. */
function history(before: string, old: string): Annotations {
  const entries = [...(before === '' ? [] : before.split(',')), old];
  while (entries.length > 1 && entries.join(',').length > HISTORY_CHARS_MAX) entries.shift();
  return { [REVISION_HISTORY]: entries.join(',') };
}

/** What a rollback takes over from the ReplicaSet: its annotations but the bookkeeping, and the Deployment's own bookkeeping. */
export function rolledBackAnnotations(deployment: Deployment, set: ReplicaSet): Annotations {
  const own = Object.entries(deployment.metadata.annotations ?? {}).filter(([name]) => OWN.has(name) && name !== ROLLBACK_TO);
  const others = Object.entries(set.metadata.annotations ?? {}).filter(([name]) => !OWN.has(name));
  return Object.fromEntries([...own, ...others]);
}

/** The revision to go back to, by the annotation that stands for the old API's field; 0 for the one before. */
export function rollbackTarget(deployment: Deployment): bigint | undefined {
  return parseRevision(deployment.metadata.annotations?.[ROLLBACK_TO] ?? '');
}
