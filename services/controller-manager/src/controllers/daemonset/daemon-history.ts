import { appsV1Resources, coreV1Resources, type appsV1, type coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { byRevision, createRevision, deleteRevision, newRevision, remembers, REVISION_HASH_LABEL, revisionData, updateRevision, type Revision } from '../history/controller-revisions.ts';
import { podTemplateHash } from '../pod-template-hash/pod-template-hash.ts';

type DaemonSet = Readonly<appsV1.DaemonSet>;
type Pod = Readonly<coreV1.Pod>;

const HISTORY_DEFAULT = 10;

export interface DaemonHistory {
  /** Of the present template; undefined while its name is taken by another revision, which `actions` resolve. */
  hash: string | undefined;
  /** The revisions of other templates. */
  old: Revision[];
  actions: Action[];
}

/** Finds or makes the revision of the present template, as the newest of all. */
export function settleHistory(set: DaemonSet, owned: readonly Revision[], pods: readonly Pod[], named: (name: string) => Revision | undefined): DaemonHistory {
  const data = revisionData(set as DaemonSet & { spec: appsV1.DaemonSetSpec }); // a DaemonSet has a spec
  const labelled = [...owned].sort(byRevision).map((one) => (hashOf(one) === '' ? withHashLabel(one) : one));
  const old = labelled.filter((one) => !remembers(one, data));
  const same = labelled.filter((one) => !old.includes(one));
  const present = same.at(-1);
  const number = Math.max(0, ...old.map(({ revision }) => revision)) + 1;
  const settled = labelled.map((one) => (one === present && one.revision < number ? { ...one, revision: number } : one));
  const updates = settled.filter((one) => !owned.includes(one)).map(updateRevision);
  if (present !== undefined) return { hash: hashOf(present), old, actions: [...updates, ...merged(present, same, pods)] };
  const { hash, actions } = createdHistory(set, data, number, named);
  return { hash, old, actions: [...updates, ...actions] };
}

/** Old revisions of early releases have no label; their name is as good as a hash. */
function withHashLabel(revision: Revision): Revision {
  const { metadata } = revision;
  return { ...revision, metadata: { ...metadata, labels: { ...metadata.labels, [REVISION_HASH_LABEL]: metadata.name } } };
}

function hashOf({ metadata }: Revision): string { return metadata.labels?.[REVISION_HASH_LABEL] ?? ''; }

function createdHistory(set: DaemonSet, data: unknown, number: number, named: (name: string) => Revision | undefined): Pick<DaemonHistory, 'hash' | 'actions'> {
  const hash = podTemplateHash(set.spec?.template ?? {}, set.status?.collisionCount);
  const name = `${set.metadata.name}-${hash}`;
  const taken = named(name);
  if (taken !== undefined && remembers(taken, data)) return { hash: hashOf(taken), actions: [] };
  if (taken !== undefined) {
    const status = { ...set.status, collisionCount: (set.status?.collisionCount ?? 0) + 1 } as appsV1.DaemonSetStatus; // a DaemonSet has a status from its creation on
    return { hash: undefined, actions: [{ do: 'update', resource: appsV1Resources.daemonsets, object: { ...set, status }, subresource: 'status' }] };
  }
  const revision = newRevision(set as DaemonSet & { spec: appsV1.DaemonSetSpec }, appsV1Resources.daemonsets, { name, revision: number, label: REVISION_HASH_LABEL, hash }); // as above
  return { hash, actions: [createRevision(revision)] };
}

/** Several revisions of the same template become one, and all pods are made to name it. */
function merged(kept: Revision, same: readonly Revision[], pods: readonly Pod[]): Action[] {
  if (same.length < 2) return [];
  const relabelled = pods.filter(({ metadata }) => metadata.labels?.[REVISION_HASH_LABEL] !== hashOf(kept)).map(({ metadata: { name, namespace } }): Action => ({
    do: 'patch', resource: coreV1Resources.pods, target: { name, namespace }, patch: { type: 'merge', body: { metadata: { labels: { [REVISION_HASH_LABEL]: hashOf(kept) } } } },
  }));
  return [...relabelled, ...same.filter((one) => one !== kept).map(deleteRevision)];
}

/** Old revisions beyond the history that is kept, from the oldest; those that pods name are passed over. */
export function surplusHistory({ spec }: DaemonSet, old: readonly Revision[], pods: readonly Pod[]): Action[] {
  const live = new Set(pods.map(({ metadata }) => metadata.labels?.[REVISION_HASH_LABEL] ?? ''));
  const surplus = Math.max(0, old.length - (spec?.revisionHistoryLimit ?? HISTORY_DEFAULT));
  return [...old].sort(byRevision).filter((one) => !live.has(hashOf(one))).slice(0, surplus).map(deleteRevision);
}
