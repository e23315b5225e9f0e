import type { History, Stored, Version } from '../history/history.ts';
import type { Invariant, TakenWrite } from './invariant.ts';
import { Recent } from './recent.ts';

/** What a StatefulSet asks for its claims. */
interface Retention { replicas: number; whenScaled: string; whenDeleted: string }

/**
 * A StatefulSet's claims go when its retention policy says so: they belong to the set, or to a pod beyond its size, only where the policy asked for it, and
 * controllers delete them only when an owner is gone. At rest those in bounds belong to whom they should.
 */
export function retainedClaims(): Invariant {
  const wishes = new Recent<Retention>(); // by namespace and name of the set
  return {
    name: 'claims are retained as their sets ask',
    observe({ resource, object, previous, atMs }: Version) {
      if (resource === 'statefulsets' && object !== undefined) wishes.note(shown(object), atMs, retentionOf(object));
      if (resource !== 'persistentvolumeclaims' || object === undefined) return undefined;
      const known = new Set(ownersOf(previous).map(({ uid }) => uid));
      const unwanted = ownersOf(object).filter(({ uid }) => !known.has(uid)).find((owner) => !isAsked(object, owner, atMs));
      return unwanted === undefined ? undefined : `${shown(object)} belongs to ${unwanted.kind} ${unwanted.name}, which nobody asked for`;
    },
    taken({ process, request: { method, path }, response }: TakenWrite, history: History) {
      if (method !== 'DELETE' || !DELETES_CLAIM.test(path) || !process.startsWith('controller-manager')) return undefined;
      const claim = JSON.parse(response.body.toString('utf8')) as Stored; // the claim
      if ([...history.all('namespaces')].every(({ metadata }) => metadata.name !== claim.metadata.namespace || metadata.deletionTimestamp !== undefined)) return undefined;
      const stays = (uid: string): boolean => ['statefulsets', 'pods'].some((resource) => [...history.all(resource)].some(({ metadata }) => metadata.uid === uid && metadata.deletionTimestamp === undefined));
      const owners = ownersOf(claim);
      return owners.length > 0 && !owners.some(({ uid }) => stays(uid)) ? undefined : `${process} deleted ${shown(claim)}, which ${owners.length === 0 ? 'belongs to nobody' : `still has ${owners.map(({ kind, name }) => `${kind} ${name}`).join()}`}`;
    },
    *atRest(history: History) {
      for (const set of history.all('statefulsets')) {
        const { whenDeleted, replicas } = retentionOf(set);
        for (const claim of history.all('persistentvolumeclaims')) {
          const ordinal = ordinalIn(claim, set);
          if (ordinal === undefined || ordinal >= replicas || claim.metadata.deletionTimestamp !== undefined || !hasPod(set, ordinal, history)) continue;
          const belongs = ownersOf(claim).some(({ uid }) => uid === set.metadata.uid);
          if (belongs !== (whenDeleted === 'Delete')) yield `${shown(claim)} ${belongs ? 'belongs' : 'does not belong'} to its set, whose claims are to ${whenDeleted === 'Delete' ? 'go with it' : 'stay'}`;
        }
      }
    },
  };

  function isAsked(claim: Stored, { kind, name }: Owner, atMs: number): boolean {
    const namespace = claim.metadata.namespace ?? '';
    if (kind === 'StatefulSet') return wishes.seen(`${namespace}/${name}`, atMs).some(({ whenDeleted }) => whenDeleted === 'Delete');
    const at = name.lastIndexOf('-');
    return wishes.seen(`${namespace}/${name.slice(0, at)}`, atMs).some(({ whenScaled, replicas }) => whenScaled === 'Delete' && Number(name.slice(at + 1)) >= replicas);
  }
}

interface Owner { kind: string; name: string; uid: string }

const DELETES_CLAIM = /\/persistentvolumeclaims\/[^/?]+(\?|$)/;

function ownersOf(claim: Stored | undefined): readonly Owner[] { return claim?.metadata.ownerReferences ?? []; }

interface SetSpec { replicas?: number; persistentVolumeClaimRetentionPolicy?: { whenScaled?: string; whenDeleted?: string } }

function retentionOf({ spec }: Stored): Retention {
  const { replicas = 1, persistentVolumeClaimRetentionPolicy: { whenScaled = 'Retain', whenDeleted = 'Retain' } = {} } = spec as SetSpec; // a StatefulSet
  return { replicas, whenScaled, whenDeleted };
}

/** Claims of users' sets are named `data-SET-ORDINAL`; undefined for one of another set, or of a set that keeps nothing. */
function ordinalIn(claim: Stored, set: Stored): number | undefined {
  const prefix = `data-${set.metadata.name}-`;
  return claim.metadata.namespace === set.metadata.namespace && claim.metadata.name.startsWith(prefix) && set.spec?.['volumeClaimTemplates'] !== undefined ? Number(claim.metadata.name.slice(prefix.length)) : undefined;
}

function hasPod(set: Stored, ordinal: number, history: History): boolean {
  return [...history.all('pods')].some(({ metadata }) => metadata.name === `${set.metadata.name}-${ordinal}` && metadata.namespace === set.metadata.namespace && metadata.deletionTimestamp === undefined);
}

function shown({ metadata: { namespace = '', name } }: Stored): string { return `${namespace}/${name}`; }
