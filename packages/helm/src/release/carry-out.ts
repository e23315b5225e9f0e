import { StatusError } from '@kubernode/apimachinery';
import { assertNever, errorMessage, groupBy, Semaphore } from '@kubernode/base';
import type { ObjectAction } from './plan-update.ts';
import type { CallSignal, ObjectRef, Propagation, ReleaseCluster } from './release-cluster.ts';

/** Writes of one kind that are under way at once. */
const WRITES_AT_ONCE_MAX = 8;

export interface CarryOutOptions extends CallSignal {
  cluster: ReleaseCluster;
  /** The server judges each write and keeps none. */
  dryRun?: boolean;
  /** Of server-side apply: takes fields from other managers. */
  forceConflicts?: boolean;
  /** Of deletions. */
  propagation?: Propagation;
}

export interface Outcome {
  /** What may be there now and was not before. */
  created: readonly ObjectRef[];
  /** What went wrong, an object each. */
  faults: readonly string[];
}

/**
 * Does what a plan says: kind after kind in its order, objects of one kind at once. Goes on after a fault, so that all are told at once;
 * nothing is deleted once there was one.
 */
export async function carryOut(actions: readonly ObjectAction[], options: CarryOutOptions): Promise<Outcome> {
  const created: ObjectRef[] = [];
  const faults: string[] = [];
  const permits = new Semaphore(WRITES_AT_ONCE_MAX);
  for (const group of consecutive(actions)) {
    options.signal?.throwIfAborted();
    if (faults.length > 0 && group[0]?.do === 'delete') break;
    await Promise.all(group.map((action) => permits.run(async () => {
      try {
        await perform(action, options);
        if (creates(action)) created.push(action.entry.ref);
      } catch (error) {
        options.signal?.throwIfAborted();
        if (creates(action) && !(error instanceof StatusError)) created.push(action.entry.ref); // a broken connection may have created it
        faults.push(`${describe(action)}: ${errorMessage(error)}`);
      }
    }, options)));
  }
  return { created, faults };
}

async function perform(action: ObjectAction, { cluster, signal, dryRun = false, forceConflicts = false, propagation = 'background' }: CarryOutOptions): Promise<void> {
  const { ref, object } = action.entry;
  switch (action.do) {
    case 'create': await cluster.create(ref, object, { signal, dryRun }); return;
    case 'replace': await cluster.replace(ref, object, { signal, dryRun }); return;
    case 'patch': await cluster.patch(ref, action.patch, { signal, dryRun }); return;
    case 'apply':
      if (action.takeOver !== undefined && !dryRun) await cluster.patch(ref, action.takeOver, { signal });
      await cluster.apply(ref, object, { signal, force: forceConflicts, dryRun });
      return;
    case 'delete': if (!dryRun) await cluster.delete(ref, { signal, propagation }); return;
    case 'unchanged': case 'keep': return;
    default: assertNever(action, 'action on an object');
  }
}

function creates(action: ObjectAction): boolean { return action.do === 'create' || (action.do === 'apply' && action.creates); }

const VERBS = { create: 'cannot create', replace: 'cannot replace', patch: 'cannot patch', apply: 'cannot apply', delete: 'cannot delete', unchanged: '', keep: '' } as const;

function describe({ do: verb, entry: { ref } }: ObjectAction): string { return `${VERBS[verb]} ${ref.kind} "${ref.name}"`; }

/** Runs of one kind; deletions are a run of their own. */
function consecutive(actions: readonly ObjectAction[]): ObjectAction[][] {
  let run = 0;
  let last = '';
  return [...groupBy(actions, ({ do: verb, entry }) => {
    const key = `${verb === 'delete'}/${entry.ref.kind}`;
    if (key !== last) run++;
    last = key;
    return run;
  }).values()];
}
