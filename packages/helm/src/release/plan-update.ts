import { assertNever } from '@kubernode/base';
import type { JsonObject } from '@kubernode/apimachinery';
import { createUpgradePatch } from './create-patch.ts';
import { identityOf, metadataMap, type ManifestObject } from './manifest-objects.ts';
import type { ObjectPatch } from './release-cluster.ts';
import { takeOverFields } from './take-over-fields.ts';

const RESOURCE_POLICY = 'helm.sh/resource-policy';

/** One thing to do with one object. */
export type ObjectAction =
  | { do: 'create' | 'replace' | 'delete'; entry: ManifestObject }
  /** `creates`: there is none yet. `takeOver`: to be sent first. */
  | { do: 'apply'; entry: ManifestObject; creates: boolean; takeOver?: ObjectPatch }
  | { do: 'patch'; entry: ManifestObject; patch: ObjectPatch }
  /** `unchanged`: it is as it should be. `keep`: it left the release, but its policy keeps it. */
  | { do: 'unchanged' | 'keep'; entry: ManifestObject };

/** How objects that are there are brought up to date: by a three-way merge, by replacing them, or by the server. */
export type UpdateMethod = 'merge' | 'replace' | 'apply';

export interface UpdateInput {
  /** What the release asked for last time, as its stored manifest says. */
  original: readonly ManifestObject[];
  /** What it asks for now, with its owner, in install order. */
  target: readonly ManifestObject[];
  /** What there is, by `identityOf`, of all of these. */
  live: ReadonlyMap<string, JsonObject>;
  method: UpdateMethod;
}

/** What is to be done, in order: first all that the release has now, then the deletion of what left it. */
export function planUpdate({ original, target, live, method }: UpdateInput): ObjectAction[] {
  const before = new Map(original.map((entry) => [identityOf(entry.ref), entry]));
  const wanted = new Set(target.map(({ ref }) => identityOf(ref)));
  const updates = target.map((entry) => {
    const identity = identityOf(entry.ref);
    const present = live.get(identity);
    // What is there and was adopted counts as asked for already: nothing that others set is taken away.
    return present === undefined ? createAction(entry, method) : updateAction(entry, { original: before.get(identity)?.object ?? entry.object, live: present, method });
  });
  const leftovers = original.filter(({ ref }) => !wanted.has(identityOf(ref)) && live.has(identityOf(ref)));
  return [...updates, ...leftovers.map((entry): ObjectAction => ({ do: isKept(live.get(identityOf(entry.ref)) ?? {}) ? 'keep' : 'delete', entry }))];
}

/** Whether an object stays when it leaves its release or the release goes. */
export function isKept(object: JsonObject): boolean {
  const policy = metadataMap(object, 'annotations')[RESOURCE_POLICY];
  return typeof policy === 'string' && policy.trim().toLowerCase() === 'keep';
}

/** Counts of a plan: `2 to create, 1 to change`. */
export function describePlan(actions: readonly ObjectAction[]): string {
  const counts = new Map<string, number>();
  for (const action of actions) counts.set(verbOf(action), (counts.get(verbOf(action)) ?? 0) + 1);
  return [...counts].map(([verb, count]) => `${count} ${verb}`).join(', ');
}

function createAction(entry: ManifestObject, method: UpdateMethod): ObjectAction {
  return method === 'apply' ? { do: 'apply', entry, creates: true } : { do: 'create', entry };
}

function updateAction(entry: ManifestObject, { original, live, method }: { original: JsonObject; live: JsonObject; method: UpdateMethod }): ObjectAction {
  if (method === 'replace') return { do: 'replace', entry };
  if (method === 'apply') {
    const takeOver = takeOverFields(live);
    return { do: 'apply', entry, creates: false, ...(takeOver && { takeOver }) };
  }
  const patch = createUpgradePatch({ type: entry.ref, original, target: entry.object, live });
  return patch === undefined ? { do: 'unchanged', entry } : { do: 'patch', entry, patch };
}

function verbOf(action: ObjectAction): string {
  switch (action.do) {
    case 'create': return 'to create';
    case 'apply': return action.creates ? 'to create' : 'to change';
    case 'patch': case 'replace': return 'to change';
    case 'delete': return 'to delete';
    case 'keep': return 'to keep';
    case 'unchanged': return 'unchanged';
    default: return assertNever(action, 'action on an object');
  }
}
