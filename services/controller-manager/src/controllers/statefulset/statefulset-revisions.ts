import { appsV1Resources, type appsV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { byRevision, createRevision, deleteRevision, newRevision, remembers, revisionData, templateOf, updateRevision, type Revision } from '../history/controller-revisions.ts';
import { sameTemplate } from '../pod-template-hash/same-template.ts';
import { revisionHash } from './revision-hash.ts';

type StatefulSet = Readonly<appsV1.StatefulSet>;

const HASH_LABEL = 'controller.kubernetes.io/hash';
const NAME_PREFIX_MAX = 223;
const HISTORY_DEFAULT = 10;

export interface SetRevisions {
  /** What the set's pods come from, while it is rolled out. */
  current: Revision;
  /** What they are being moved to: the set's present template. */
  update: Revision;
  /** How often a name was taken by another revision. */
  collisionCount: number;
  actions: Action[];
}

/**
 * The set's two revisions. A template that was there before comes back as the same revision with a new number; one that never was gets
 * a revision of its own. `owned` are the set's; `named` finds any of its namespace.
 */
export function settleRevisions(set: StatefulSet, owned: readonly Revision[], named: (name: string) => Revision | undefined): SetRevisions {
  const sorted = [...owned].sort(byRevision);
  const { update, collisionCount, actions } = settleUpdate(set, sorted, named);
  const current = sorted.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update;
  return { current, update, collisionCount, actions };
}

function settleUpdate(set: StatefulSet, sorted: readonly Revision[], named: (name: string) => Revision | undefined): Omit<SetRevisions, 'current'> {
  const data = revisionData(set as StatefulSet & { spec: appsV1.StatefulSetSpec }); // a StatefulSet has a spec
  const collisionCount = set.status?.collisionCount ?? 0;
  const newest = sorted.at(-1);
  const equal = sorted.findLast((one) => remembers(one, data));
  if (newest !== undefined && equal !== undefined && remembers(newest, data)) return { update: newest, collisionCount, actions: [] };
  if (newest !== undefined && equal !== undefined) {
    const update = { ...equal, revision: newest.revision + 1 };
    return { update, collisionCount, actions: [updateRevision(update)] };
  }
  // Written differently, but the same pods: no reason to make them again.
  if (newest !== undefined && sameTemplate(templateOf(newest), data.spec.template)) return { update: newest, collisionCount, actions: [] };
  return createdUpdate(set, data, (newest?.revision ?? 0) + 1, named);
}

/** A taken name is passed over by counting a collision, unless what has it is the very same. */
function createdUpdate(set: StatefulSet, data: unknown, number: number, named: (name: string) => Revision | undefined): Omit<SetRevisions, 'current'> {
  for (let collisionCount = set.status?.collisionCount ?? 0; ; collisionCount++) {
    const hash = revisionHash(data, collisionCount);
    const name = `${set.metadata.name.slice(0, NAME_PREFIX_MAX)}-${hash}`;
    const taken = named(name);
    if (taken !== undefined && remembers(taken, data)) return { update: taken, collisionCount, actions: [] };
    if (taken !== undefined) continue;
    const update = newRevision(set as StatefulSet & { spec: appsV1.StatefulSetSpec }, appsV1Resources.statefulsets, { name, revision: number, label: HASH_LABEL, hash }); // as above
    return { update, collisionCount, actions: [createRevision(update)] };
  }
}

/** Revisions beyond the history that is kept. Those that a pod or the status still names count neither for nor against it. */
export function surplusRevisions({ spec }: StatefulSet, owned: readonly Revision[], isLive: (name: string) => boolean): Action[] {
  const limit = spec?.revisionHistoryLimit ?? HISTORY_DEFAULT;
  const history = [...owned].sort(byRevision).filter(({ metadata }) => !isLive(metadata.name));
  return limit < 0 ? [] : history.slice(0, Math.max(0, history.length - limit)).map(deleteRevision);
}
