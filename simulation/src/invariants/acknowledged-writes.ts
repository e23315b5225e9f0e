import type { Version } from '../history/history.ts';
import type { Invariant, TakenWrite } from './invariant.ts';
import { Recent } from './recent.ts';

/** What a server says was written stands in etcd: at the revision it tells, of the object it tells; and what it says was deleted is gone, or going. */
export function acknowledgedWrites(): Invariant {
  const revisions = new Recent<number>(); // by uid
  const staying = new Map<string, string>(); // by uid: key of what nobody has asked to go
  return {
    name: 'no acknowledged write is lost',
    observe({ object, previous, revision, atMs, key }: Version) {
      const uid = (object ?? previous)?.metadata.uid ?? '';
      revisions.note(uid, atMs, revision);
      if (object === undefined || object.metadata.deletionTimestamp !== undefined) staying.delete(uid); else staying.set(uid, key);
      return undefined;
    },
    taken({ process, request: { method, path }, response, atMs }: TakenWrite) {
      const { metadata: { uid, resourceVersion } = {} } = JSON.parse(response.body.toString('utf8')) as { metadata?: { uid?: string; resourceVersion?: string } }; // an object, or a Status
      if (uid === undefined || resourceVersion === undefined || UNWATCHED.test(path)) return undefined;
      if (method === 'DELETE' && staying.has(uid)) return `${method} ${path} of ${process} was taken, and ${staying.get(uid) ?? ''} stays`;
      if (method !== 'DELETE' && !revisions.seen(uid, atMs).includes(Number(resourceVersion))) return `${method} ${path} of ${process} was taken at ${resourceVersion}, where etcd has no such write`;
      return undefined;
    },
  };
}

const UNWATCHED = /\/leases(\/|$|\?)|\/events(\/|$|\?)/; // no invariant is shown these
