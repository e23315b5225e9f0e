import type { History, Stored, Version } from '../history/history.ts';
import type { Invariant } from './invariant.ts';

export type Write = readonly [resource: string, object: Stored, gone?: 'gone'];

/** Shows writes to an invariant, one a second; what it says of each, then what it says at rest. */
export function judged(invariant: Invariant, writes: readonly Write[]): (string | undefined)[] {
  const current = new Map<string, Map<string, Stored>>();
  const history = { all: (resource: string) => current.get(resource)?.values() ?? [], get: (resource: string, key: string) => [...current.get(resource)?.values() ?? []].find(({ metadata: { name } }) => key.endsWith(`/${name}`)) } as unknown as History; // what invariants use of it
  const said = writes.map(([resource, object, gone], i) => {
    const ofResource = current.get(resource) ?? new Map<string, Stored>();
    current.set(resource, ofResource);
    const previous = ofResource.get(object.metadata.uid ?? '');
    if (gone === undefined) ofResource.set(object.metadata.uid ?? '', object); else ofResource.delete(object.metadata.uid ?? '');
    const version: Version = { revision: i + 1, atMs: i * 1000, resource, key: '', object: gone === undefined ? object : undefined, previous };
    return invariant.observe?.(version, history);
  });
  return [...said, ...invariant.atRest?.(history) ?? []];
}

/** Named as its uid says. */
export const object = (uid: string, rest: Partial<Stored> = {}, owner?: [kind: string, uid: string]): Stored => ({
  kind: '', apiVersion: '', ...rest, metadata: { name: uid, namespace: 'n', uid, ...rest.metadata, ...(owner !== undefined && { ownerReferences: [{ apiVersion: '', kind: owner[0], name: owner[1], uid: owner[1], controller: true }] }) },
});

/** So much happens elsewhere that nobody can have missed what was before. */
export const LONG: readonly Write[] = Array.from({ length: 125 }, (): Write => ['configmaps', object('c')]);
