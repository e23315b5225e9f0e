import { conflict, copyJson, formatTime, isNotFound, notFound, type KubeObject } from '@kubernode/apimachinery';
import type { Change, StoredObject } from '@kubernode/storage';
import type { DeleteRequestOptions } from '../../endpoints/delete-options.ts';
import { storeKey, type ResourceStorage } from '../served-resource.ts';
import { detachedObject, encodeForStore } from './encode-object.ts';
import { jsonEquals } from './json-equals.ts';

import { admissionAttributes, releaseReserved, type WriteRequest, type WriteServices } from './write-request.ts';

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

export interface DeleteOutcome {
  /** As it is now, or as it was last. */
  object: StoredObject;
  /** False: it lives on with a deletionTimestamp, until its finalizers are gone or its grace is over. */
  gone: boolean;
}

/** Deletes an object, or begins to: finalizers and grace keep it. */
export async function deleteObject(options: DeleteRequestOptions, request: WriteRequest, services: WriteServices): Promise<DeleteOutcome> {
  const { storage } = request.served;
  const key = storeKey(storage, request.namespace, request.name);
  let admitted = false;
  const decide = async (current: StoredObject | undefined): Promise<Decision> => {
    if (current === undefined) throw notFound(storage, request.name);
    const old = current.read<KubeObject>();
    checkPreconditions(storage, options, old);
    if (!admitted) {
      const attributes = admissionAttributes(request, { operation: 'DELETE', object: undefined, oldObject: old });
      await services.admission.admit(attributes);
      await services.admission.validate(attributes);
      admitted = true;
    }
    return decideDeletion(storage, old, options, services.clock.now());
  };
  if (request.dryRun) return pretend(key, await storage.store.get(key, { freshness: { kind: 'consistent' }, signal: request.signal }), decide);
  return run(key, decide, request, services);
}

async function run(key: string, decide: (current: StoredObject | undefined) => Promise<Decision>, request: WriteRequest, services: WriteServices): Promise<DeleteOutcome> {
  const { storage } = request.served;
  let decision: Decision | undefined;
  const change = async (current: StoredObject | undefined): Promise<Change> => {
    decision = await decide(current);
    if (decision.kind === 'unchanged') return { kind: 'unchanged' };
    return decision.kind === 'delete' ? { kind: 'delete' } : { kind: 'write', bytes: encodeForStore(decision.object), object: decision.object };
  };
  const result = await storage.store.update(key, change, request);
  if (decision?.kind === 'write' && decision.thenDelete) return endMarked(key, result.object, request, services);
  return result.outcome === 'deleted' ? finished(result.object, request, services) : { object: result.object, gone: false };
}

/** The second write of a deletion without grace. Somebody else may have ended the object since, or hold it, or have made another one of its name. */
async function endMarked(key: string, marked: StoredObject, request: WriteRequest, services: WriteServices): Promise<DeleteOutcome> {
  const { storage } = request.served;
  const { uid } = marked.read<KubeObject>().metadata;
  const end = (current: StoredObject | undefined): Change => {
    const metadata = current?.read<KubeObject>().metadata;
    if (metadata?.uid !== uid) throw notFound(storage, request.name);
    return (metadata?.finalizers ?? []).length > 0 ? { kind: 'unchanged' } : { kind: 'delete' };
  };
  try {
    const { outcome, object } = await storage.store.update(key, end, request);
    return outcome === 'deleted' ? await finished(object, request, services) : { object, gone: false };
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return finished(marked, request, services);
  }
}

async function finished(object: StoredObject, request: WriteRequest, services: WriteServices): Promise<DeleteOutcome> {
  await releaseReserved(object, request, services);
  return { object, gone: true };
}

async function pretend(key: string, current: StoredObject | undefined, decide: (current: StoredObject | undefined) => Promise<Decision>): Promise<DeleteOutcome> {
  const decision = await decide(current);
  if (decision.kind === 'write') return { object: detachedObject(key, decision.object), gone: decision.thenDelete };
  return { object: current as StoredObject, gone: decision.kind === 'delete' }; // decide has thrown when it is missing
}

function checkPreconditions(storage: ResourceStorage, { preconditions }: DeleteRequestOptions, { metadata }: Readonly<KubeObject>): void {
  const { group, kind, strategy } = storage;
  if (strategy.beginDeletion !== undefined) { checkOwnPreconditions(storage, preconditions, metadata); return; }
  const byKind = { group, resource: kind.kind };
  if (preconditions.uid !== undefined && preconditions.uid !== metadata.uid) {
    throw conflict(byKind, metadata.name, `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${metadata.uid ?? ''}). The object might have been deleted and then recreated`);
  }
  if (preconditions.resourceVersion !== undefined && preconditions.resourceVersion !== metadata.resourceVersion) {
    throw conflict(byKind, metadata.name, `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion ?? ''}). The object might have been modified`);
  }
}

/** Kinds that begin their deletion themselves look first, and say it in other words. */
function checkOwnPreconditions(storage: ResourceStorage, preconditions: DeleteRequestOptions['preconditions'], { name, uid = '', resourceVersion = '' }: Readonly<KubeObject['metadata']>): void {
  if (preconditions.uid !== undefined && preconditions.uid !== uid) throw conflict(storage, name, `Precondition failed: UID in precondition: ${preconditions.uid}, UID in object meta: ${uid}`);
  if (preconditions.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    throw conflict(storage, name, `Precondition failed: ResourceVersion in precondition: ${preconditions.resourceVersion}, ResourceVersion in object meta: ${resourceVersion}`);
  }
}

type Decision = { kind: 'unchanged' } | { kind: 'delete' } | { kind: 'write'; object: KubeObject; thenDelete: boolean };

/** What a DELETE makes of an object: nothing new, gone, or marked and kept. Pure but for the copy it changes. */
export function decideDeletion(storage: ResourceStorage, old: Readonly<KubeObject>, options: DeleteRequestOptions, now: number): Decision {
  const { strategy } = storage;
  const object = markable(old);
  if (strategy.beginDeletion !== undefined && old.metadata.deletionTimestamp === undefined) {
    strategy.beginDeletion(object, now, options);
    return { kind: 'write', object, thenDelete: false };
  }
  const isKept = strategy.isHeld?.(object) === true;
  const grace = graceOf(storage, object, options, now);
  if (grace === 'pending' || isKept) return { kind: 'unchanged' };
  const finalizers = finalizersFor(object.metadata.finalizers ?? [], options, strategy.orphansByDefault === true);
  if (finalizers.length > 0) object.metadata.finalizers = finalizers;
  else delete object.metadata.finalizers;
  const held = finalizers.length > 0;
  if (grace === 'none') {
    if (!held) return { kind: 'delete' };
    markDeleting(object, now);
  }
  if (jsonEquals(object, old) && (held || grace !== 0)) return { kind: 'unchanged' };
  return { kind: 'write', object, thenDelete: !held && grace === 0 };
}

/** A copy that may be marked: of what kinds change when a deletion begins, metadata and status; the rest is shared. */
function markable(old: Readonly<KubeObject>): KubeObject {
  const { metadata, status } = old as Readonly<KubeObject> & { status?: unknown }; // a field of many kinds
  return { ...old, metadata: copyJson(metadata), ...(status !== undefined && { status: copyJson(status) }) };
}

/** Sets grace on the object. 'none': the kind or the object has none; 'pending': it runs already and may only get shorter. */
function graceOf({ strategy }: ResourceStorage, object: KubeObject, { gracePeriodSeconds }: DeleteRequestOptions, now: number): number | 'none' | 'pending' {
  if (strategy.gracePeriodSeconds === undefined) return 'none';
  const { metadata } = object;
  const requested = gracePeriodSeconds !== undefined && gracePeriodSeconds < 0 ? 1 : gracePeriodSeconds;
  if (metadata.deletionTimestamp !== undefined) {
    const running = metadata.deletionGracePeriodSeconds ?? 0;
    if (running === 0) return 'none'; // also where the server died between marking and ending it
    if (requested === undefined || requested >= running) return 'pending';
    const endsAt = Date.parse(metadata.deletionTimestamp) + (requested - running) * 1000;
    metadata.deletionTimestamp = formatTime(Math.max(endsAt, now));
    metadata.deletionGracePeriodSeconds = endsAt < now && requested > 0 ? 1 : requested; // what is over already: whoever ends it shall still see it
    return metadata.deletionGracePeriodSeconds;
  }
  const grace = strategy.gracePeriodSeconds(object, requested);
  if (grace === undefined) return 'none';
  metadata.deletionTimestamp = formatTime(now + durationMs(grace));
  metadata.deletionGracePeriodSeconds = grace;
  if ((metadata.generation ?? 0) > 0) metadata.generation = (metadata.generation ?? 0) + 1;
  return grace;
}

/** Durations are Kubernetes' 64 bits of nanoseconds, beyond which they wrap. */
function durationMs(seconds: number): number {
  const ms = seconds * 1000;
  return Math.abs(ms) < DURATION_MS_MAX ? ms : Number(BigInt.asIntN(64, BigInt(seconds) * 1_000_000_000n) / 1_000_000n);
}

const DURATION_MS_MAX = 2 ** 63 / 1e6;

function markDeleting({ metadata }: KubeObject, now: number): void {
  if (metadata.deletionTimestamp === undefined && (metadata.generation ?? 0) > 0) metadata.generation = (metadata.generation ?? 0) + 1;
  if (metadata.deletionTimestamp === undefined || Date.parse(metadata.deletionTimestamp) > now) metadata.deletionTimestamp = formatTime(now);
  metadata.deletionGracePeriodSeconds = 0;
}

/** The finalizers by which the garbage collector learns the policy: an explicit one beats the object's own, which beats the kind's. */
function finalizersFor(current: readonly string[], { propagationPolicy }: DeleteRequestOptions, orphansByDefault: boolean): string[] {
  const has = (name: string): boolean => current.includes(name);
  const orphan = propagationPolicy !== undefined ? propagationPolicy === 'Orphan' : has(ORPHAN) ? true : has(FOREGROUND) ? false : orphansByDefault;
  const foreground = propagationPolicy !== undefined ? propagationPolicy === 'Foreground' : has(FOREGROUND) && !has(ORPHAN);
  const wanted = [...current.filter((one) => one !== ORPHAN && one !== FOREGROUND), ...(orphan ? [ORPHAN] : []), ...(foreground ? [FOREGROUND] : [])];
  return wanted.length === current.length && wanted.every(has) ? [...current] : wanted;
}
