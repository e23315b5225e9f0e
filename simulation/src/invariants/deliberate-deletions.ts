import type { History, Stored, Version } from '../history/history.ts';
import { deletionRules, type Deletion } from './deletion-rules.ts';
import type { Invariant, TakenWrite } from './invariant.ts';
import { nodeFacts, type Nodes } from './node-facts.ts';
import { podFacts, type PodFacts, type Pods } from './pod-facts.ts';
import { Recent } from './recent.ts';

const OWNERS: Readonly<Record<string, string>> = { ReplicaSet: 'replicasets', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' };
const OWNED = new Set(Object.values(OWNERS));
const NODES = 'nodes';
const DELETES_POD = /\/pods\/[^/?]+(\?|$)/;

/**
 * Controllers delete no pod that should stay. Each deletion is judged by what its controller could have seen: pods come and go for
 * other reasons, too, and caches are late. So nobody is blamed for what users, evictions, taints, or the collector of garbage do.
 */
export function deliberateDeletions(): Invariant {
  const pods = new Recent<Pods>(); // by uid of the owner
  const owners = new Recent<Deletion['wishes'][number]>(); // by uid
  const nodes = new Recent<Nodes>(); // under one key: all of them
  const revisions = new Recent<Revision>(); // by uid of the owner: of its present template
  const deleted = new Map<string, Set<string>>(); // by process: uids
  return {
    name: 'controllers delete only pods that may go',
    observe({ resource, object, previous, atMs }: Version) {
      if (OWNED.has(resource) && object !== undefined) owners.note(object.metadata.uid ?? '', atMs, wishOf(object));
      if (resource === 'minions') noteNode(nodes, object ?? previous as Stored, { isGone: object === undefined, atMs }); // one of them is there
      if (resource === 'controllerrevisions' && object !== undefined) noteRevision(revisions, object, atMs);
      const pod = object ?? previous;
      const owner = resource === 'pods' ? ownerOf(pod) : undefined;
      if (pod === undefined || owner === undefined) return undefined;
      const now = new Map(pods.latest(owner.uid));
      if (object === undefined) now.delete(pod.metadata.uid ?? ''); else now.set(pod.metadata.uid ?? '', podFacts(object));
      pods.note(owner.uid, atMs, now);
      return undefined;
    },
    taken({ process, request: { method, path }, response, atMs }: TakenWrite, history: History) {
      if (method !== 'DELETE' || !DELETES_POD.test(path) || !process.startsWith('controller-manager')) return undefined;
      const object = JSON.parse(response.body.toString('utf8')) as Stored; // the pod
      const owner = ownerOf(object);
      const known = deleted.get(process) ?? new Set();
      deleted.set(process, known);
      if (owner === undefined || known.has(object.metadata.uid ?? '') || !isMeantToStay(object, owner, history)) return undefined;
      const seen = pods.seen(owner.uid, atMs);
      const pod = latestOf(seen, object.metadata.uid ?? '');
      const wrong = pod === undefined || pod.isDisrupted ? undefined : deletionRules[owner.kind]?.({ pod, seen, nodes: nodes.seen(NODES, atMs), revisions: revisions.seen(owner.uid, atMs).map(({ hash }) => hash), wishes: owners.seen(owner.uid, atMs), deleted: known });
      known.add(object.metadata.uid ?? '');
      return wrong === undefined ? undefined : `${process} deleted ${object.metadata.name} of ${owner.kind} ${owner.name}: ${wrong}`;
    },
  };
}

/** Nodes are written often, and seldom change in what matters here. */
function noteNode(nodes: Recent<Nodes>, node: Stored, { isGone, atMs }: { isGone: boolean; atMs: number }): void {
  const { name } = node.metadata;
  const now = new Map(nodes.latest(NODES));
  const [before, after] = [now.get(name), isGone ? undefined : nodeFacts(node)];
  if (before?.wantsDaemon === after?.wantsDaemon && before?.keepsDaemon === after?.keepsDaemon) return;
  if (after === undefined) now.delete(name); else now.set(name, after);
  nodes.note(NODES, atMs, now);
}

interface Revision { number: number; hash: string }

/** The revision of the present template is the one with the highest number, also when it is an old one that has come back. */
function noteRevision(revisions: Recent<Revision>, object: Stored, atMs: number): void {
  const { uid } = ownerOf(object) ?? {};
  const [number, hash] = [Number(object['revision']), object.metadata.labels?.['controller-revision-hash']];
  if (uid !== undefined && hash !== undefined && number >= (revisions.latest(uid)?.number ?? 0)) revisions.note(uid, atMs, { number, hash });
}

function ownerOf(owned: Stored | undefined): { kind: string; name: string; uid: string } | undefined { return owned?.metadata.ownerReferences?.find(({ kind, controller }) => controller === true && OWNERS[kind] !== undefined); }

/** Its owner is there, and so is its namespace; else all of it goes. */
function isMeantToStay({ metadata: { namespace } }: Stored, { kind, uid }: { kind: string; uid: string }, history: History): boolean {
  const stays = (resource: string, is: (one: Stored) => boolean): boolean => [...history.all(resource)].some((one) => is(one) && one.metadata.deletionTimestamp === undefined);
  return stays(OWNERS[kind] ?? '', ({ metadata }) => metadata.uid === uid) && stays('namespaces', ({ metadata }) => metadata.name === namespace);
}

function latestOf(seen: readonly Pods[], uid: string): PodFacts | undefined { return seen.findLast((pods) => pods.has(uid))?.get(uid); }

interface OwnerSpec { replicas?: number; podManagementPolicy?: string; updateStrategy?: { rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string } } }

function wishOf(owner: Stored): Deletion['wishes'][number] {
  const { replicas = 1, podManagementPolicy, updateStrategy: { rollingUpdate } = {} } = owner.spec as OwnerSpec; // one of the three
  return { replicas, isOrdered: podManagementPolicy !== 'Parallel', maxUnavailable: Number(rollingUpdate?.maxUnavailable ?? 1), surges: Number(rollingUpdate?.maxSurge ?? 0) > 0 };
}
