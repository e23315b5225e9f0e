import type { Clock, Rng } from '@kubernode/base';
import type { JsonObject } from '@kubernode/apimachinery';
import { errorMessage, Semaphore, timeLimit } from '@kubernode/base';
import { carryOut, type Outcome } from './carry-out.ts';
import { identityOf, type ManifestObject } from './manifest-objects.ts';
import type { Owner } from './ownership.ts';
import { ownershipFault } from './ownership.ts';
import type { ObjectAction } from './plan-update.ts';
import { ReleaseError } from './release-error.ts';
import type { CallSignal, ObjectRef, ReleaseCluster } from './release-cluster.ts';
import type { ReleaseStore } from './release-store.ts';
import { withStatus, type Release } from './release.ts';
import { waitForReady } from './wait-for.ts';

/** What actions on releases work with. */
export interface ReleaseEnvironment {
  cluster: ReleaseCluster;
  store: ReleaseStore;
  /** Where the release is. */
  namespace: string;
  clock: Clock;
  rng: Rng;
  /** Ends the action; what it had begun is then stored as failed. */
  signal: AbortSignal;
  /** Each step that is done, for its user. */
  report: (what: string) => void;
  warn: (message: string) => void;
  /** What hooks said, where they are annotated so. */
  hookOutput: (text: string) => void;
}

/** What all actions that change objects have in common. */
export interface ActionOptions {
  /** Of each single wait: for hooks, for objects to become ready. */
  timeoutMs: number;
  wait: boolean;
  /** With `wait`: Jobs as well. */
  waitForJobs: boolean;
  hooks: boolean;
}

/** A release while one action has it: `release` is what was stored last. */
export interface ReleaseRecord { release: Release }

/** Reads that are under way at once. */
const READS_AT_ONCE_MAX = 8;

/** What there is of these objects, by identity. */
export async function readLive(cluster: ReleaseCluster, refs: readonly ObjectRef[], options: CallSignal): Promise<Map<string, JsonObject>> {
  const permits = new Semaphore(READS_AT_ONCE_MAX);
  const distinct = new Map(refs.map((ref) => [identityOf(ref), ref]));
  const found = await Promise.all([...distinct].map(([identity, ref]) => permits.run(async () => [identity, await cluster.get(ref, options)] as const, options)));
  return new Map(found.filter((pair): pair is readonly [string, JsonObject] => pair[1] !== undefined));
}

/** Refuses what others own, all at once. */
export function requireOwnership(entries: readonly ManifestObject[], live: ReadonlyMap<string, JsonObject>, { owner, doing }: { owner: Owner; doing: string }): void {
  const faults = entries.map(({ ref }) => {
    const present = live.get(identityOf(ref));
    return present === undefined ? undefined : ownershipFault(ref, present, owner);
  }).filter((fault) => fault !== undefined);
  if (faults.length > 0) throw new ReleaseError(`Unable to continue with ${doing}: ${faults.join('; ')}`);
}

/** Stores the record in another state. */
export async function storeStatus({ store, signal }: Pick<ReleaseEnvironment, 'store' | 'signal'>, record: ReleaseRecord, ...[status, description]: [Release['info']['status'], string?]): Promise<void> {
  record.release = withStatus(record.release, status, description);
  await store.update(record.release, { signal });
}

/** Carries a plan out and, where asked, waits for what it made. Rejects with what went wrong; `outcome` says what was created by then. */
export async function applyPlan(environment: ReleaseEnvironment, actions: readonly ObjectAction[], { target, options, forceConflicts, created }: {
  target: readonly ManifestObject[];
  options: ActionOptions;
  forceConflicts: boolean;
  /** Filled in as objects are created, for the cleaning up after a failure. */
  created: ObjectRef[];
}): Promise<void> {
  const { cluster, signal, clock } = environment;
  const outcome: Outcome = await carryOut(actions, { cluster, signal, forceConflicts });
  created.push(...outcome.created);
  if (outcome.faults.length > 0) throw new ReleaseError(outcome.faults.join('; '));
  if (!options.wait) return;
  await waitForReady(target, { cluster, clock, signal, timeoutMs: options.timeoutMs, jobs: options.waitForJobs });
  environment.report('everything is ready');
}

/** The same environment for what has to be done although the action was ended: bounded by a time of its own. */
export function afterInterruption(environment: ReleaseEnvironment, limitMs: number): ReleaseEnvironment & Disposable {
  const limit = timeLimit({ clock: environment.clock, ms: limitMs });
  return { ...environment, signal: limit.signal, [Symbol.dispose]: () => { limit[Symbol.dispose](); } };
}

/** What a failure is called in a release's description. */
export function failureText(error: unknown, signal: AbortSignal): string {
  return signal.aborted ? 'it was interrupted' : errorMessage(error);
}
