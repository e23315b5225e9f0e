import { sameJson, type ObjectMeta } from '@kubernode/apimachinery';
import { appsV1Resources, type appsV1, type coreV1, type ResourceRef } from '@kubernode/api';
import { controllerReference, type Action } from '@kubernode/controller';

/** A pod's label: of which revision it is. */
export const REVISION_HASH_LABEL = 'controller-revision-hash';
export type Revision = Readonly<appsV1.ControllerRevision>;

const revisions = appsV1Resources.controllerrevisions;

/** A StatefulSet or a DaemonSet, whose templates are remembered as ControllerRevisions. */
export interface RevisionOwner { metadata: ObjectMeta; spec?: { template: coreV1.PodTemplateSpec } }

type Template = coreV1.PodTemplateSpec;

/** What a revision remembers: a strategic merge patch that puts the template back. Clients compare it byte by byte with what they make themselves. */
export function revisionData({ spec }: RevisionOwner): { spec: { template: Template & { $patch: 'replace' } } } {
  return inKeyOrder({ spec: { template: { ...spec?.template, $patch: 'replace' } } });
}

/** As Go writes maps. */
function inKeyOrder<T>(value: T): T {
  if (Array.isArray(value)) return value.map(inKeyOrder) as T; // elements keep their shape
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => compare(a, b)).map(([name, field]) => [name, inKeyOrder(field as unknown)])) as T; // the same fields
}

/** The template that a revision remembers. */
export function templateOf({ data }: Revision): Template {
  const { $patch: _directive, ...template } = (data as ReturnType<typeof revisionData>).spec.template; // as revisionData made it
  return template;
}

export function remembers(revision: Revision, data: unknown): boolean { return sameJson(revision.data, data); }

/** Oldest first. */
export function byRevision(a: Revision, b: Revision): number {
  return a.revision - b.revision || compare(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '') || compare(a.metadata.name, b.metadata.name);
}

function compare(a: string, b: string): number { return a < b ? -1 : a > b ? 1 : 0; }

/** A revision of the owner's present template, not yet created. `label` is the one that carries the hash. */
export function newRevision(owner: RevisionOwner, resource: ResourceRef, { name, revision, label, hash }: { name: string; revision: number; label: string; hash: string }): Revision {
  const { namespace = '', annotations } = owner.metadata;
  return {
    apiVersion: 'apps/v1', kind: 'ControllerRevision', data: revisionData(owner), revision,
    metadata: {
      name, namespace, labels: { ...owner.spec?.template.metadata?.labels, [label]: hash },
      ...(annotations !== undefined && { annotations }), ownerReferences: [controllerReference(owner, resource)],
    },
  };
}

export function createRevision(revision: Revision): Action { return { do: 'create', resource: revisions, object: revision }; }

export function updateRevision(revision: Revision): Action { return { do: 'update', resource: revisions, object: revision }; }

export function deleteRevision({ metadata: { name, namespace, uid } }: Revision): Action { return { do: 'delete', resource: revisions, target: { name, namespace }, uid }; }
