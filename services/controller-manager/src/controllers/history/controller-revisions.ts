import type { ObjectMeta } from '@kubernode/apimachinery';
import { appsV1Resources, type appsV1, type coreV1, type ResourceRef } from '@kubernode/api';
import { controllerReference, type Action } from '@kubernode/controller';
import { sameJson } from '../same-json.ts';

export const REVISION_HASH_LABEL = 'controller-revision-hash';
export type Revision = Readonly<appsV1.ControllerRevision>;

const NAME_PREFIX_MAX = 223;
const revisions = appsV1Resources.controllerrevisions;

export interface RevisionOwner { metadata: ObjectMeta; spec?: { template: coreV1.PodTemplateSpec; revisionHistoryLimit?: number } }

/** What a revision remembers: a strategic merge patch that puts the template back. */
export function revisionData({ spec }: RevisionOwner): Record<string, unknown> {
  return { spec: { template: { ...spec?.template, $patch: 'replace' } } };
}

/** Oldest first. */
export function byRevision(a: Revision, b: Revision): number { return a.revision - b.revision; }

export function hashOf({ metadata }: Revision): string { return metadata.labels?.[REVISION_HASH_LABEL] ?? ''; }

/** The revision of the owner's present template, which may have to be made, or put last again after a rollback. */
export function presentRevision(owner: RevisionOwner, resource: ResourceRef, { known, hash, hashLabel = REVISION_HASH_LABEL, annotated }: { known: readonly Revision[]; hash: string; hashLabel?: string; annotated: boolean }): { revision: Revision; actions: Action[] } {
  const data = revisionData(owner);
  const newest = [...known].sort(byRevision).at(-1)?.revision ?? 0;
  const found = [...known].sort(byRevision).findLast((one) => sameJson(one.data, data));
  if (found !== undefined) {
    if (found.revision === newest) return { revision: found, actions: [] };
    const revision = { ...found, revision: newest + 1 };
    return { revision, actions: [{ do: 'update', resource: revisions, object: revision }] };
  }
  const { name, namespace = '', annotations } = owner.metadata;
  const revision: Revision = {
    apiVersion: 'apps/v1', kind: 'ControllerRevision', data, revision: newest + 1,
    metadata: {
      name: `${name.slice(0, NAME_PREFIX_MAX)}-${hash}`, namespace, labels: { ...owner.spec?.template.metadata?.labels, [hashLabel]: hash },
      ...(annotated && annotations !== undefined && { annotations }), ownerReferences: [controllerReference(owner, resource)],
    },
  };
  return { revision, actions: [{ do: 'create', resource: revisions, object: revision }] };
}

/** Old revisions beyond the history that is kept; those that pods or the status still name stay. */
export function surplusRevisions(owner: RevisionOwner, known: readonly Revision[], isLive: (revision: Revision) => boolean): Action[] {
  const old = known.filter((one) => !isLive(one)).sort(byRevision);
  return old.slice(0, Math.max(0, old.length - (owner.spec?.revisionHistoryLimit ?? 10)))
    .map(({ metadata: { name, namespace, uid } }): Action => ({ do: 'delete', resource: revisions, target: { name, namespace }, uid }));
}
