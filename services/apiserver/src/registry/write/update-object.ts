import { internalErrorWithoutReason, invalid, invalidValue, modifiedSince, notFound, type GroupVersionKind, type KubeObject } from '@kubernode/apimachinery';
import type { Change, StoredObject } from '@kubernode/storage';
import { storeKey } from '../served-resource.ts';
import { settle } from './create-object.ts';
import { detachedObject, encodeForStore } from './encode-object.ts';
import { jsonEquals } from './json-equals.ts';
import { fillForCreate, keepForUpdate, wipeSystemFields } from './object-metadata.ts';
import { preconditionFailed } from './precondition-failed.ts';
import { admissionAttributes, releaseReserved, reserveFor, type Reservation, type WriteRequest, type WriteServices } from './write-request.ts';
import { checkCreate, checkUpdate } from './write-rules.ts';

/** A subresource with a kind of its own: what clients write and admission judges is not what is stored. */
export interface SubresourceView {
  readonly kind: GroupVersionKind;
  /** What a write begins with. */
  begin(stored: Readonly<KubeObject>): KubeObject;
  /** The next state of the stored object, of which nothing is changed in place. */
  put(stored: Readonly<KubeObject>, written: KubeObject): KubeObject;
  /** What admission judges in the end. */
  show(stored: Readonly<KubeObject>): KubeObject;
}

export interface UpdatePlan {
  /** Where what is written is not the object itself: then `next` knows and makes what the view shows. */
  view?: SubresourceView;
  /**
   * Makes the next state, in the stored version, from the current one; undefined when the object is missing. What it gives is changed on
   * the way: it may share with the current one nothing but the entries of managedFields, which nobody changes in place.
   * A resourceVersion in its metadata is a precondition. May be called again when the object turned out to have changed.
   */
  next(current: Readonly<KubeObject> | undefined): KubeObject | Promise<KubeObject>;
  /** Make the object when it is missing; 404 otherwise. */
  allowCreate: boolean;
  /** A uid in what `next` makes must be that of the stored object (PUT): otherwise 409. */
  uidIsPrecondition?: boolean;
}

export interface UpdateOutcome { object: StoredObject; created: boolean }

/** Changes an object: next state, admission, preparation, validation, store; tried again until nobody came in between. */
export async function updateObject(plan: UpdatePlan, request: WriteRequest, services: WriteServices): Promise<UpdateOutcome> {
  const { storage } = request.served;
  const key = storeKey(storage, request.namespace, request.name);
  const attempt = new Attempt(plan, request, services);
  if (request.dryRun) return attempt.pretend(key, await storage.store.get(key, { freshness: { kind: 'consistent' }, signal: request.signal }));
  const result = await attempt.settled(() => storage.store.update(key, (current) => attempt.decide(key, current), request));
  if (result.outcome !== 'deleted') return { object: result.object, created: attempt.created };
  await releaseReserved(result.object, request, services);
  return { object: attempt.removed ?? result.object, created: attempt.created };
}

/** The state of one update across its tries: what the last try decided. */
class Attempt {
  readonly #plan: UpdatePlan;
  readonly #request: WriteRequest;
  readonly #services: WriteServices;
  #reservation: Reservation | undefined;
  created = false;
  /** As it is answered when the update took the last finalizer away. */
  removed: StoredObject | undefined;

  constructor(plan: UpdatePlan, request: WriteRequest, services: WriteServices) {
    this.#plan = plan;
    this.#request = request;
    this.#services = services;
  }

  async decide(key: string, current: StoredObject | undefined): Promise<Change> {
    await this.#reservation?.rollback();
    this.#reservation = undefined;
    const { storage } = this.#request.served;
    const old = current?.read<KubeObject>();
    const object = await this.#nextState(old);
    if (old !== undefined && saysTheSame(object, old)) return { kind: 'unchanged', ttlSeconds: storage.strategy.ttlSeconds };
    if (old !== undefined && isGone(object, old, storage.strategy.isHeld)) {
      this.removed = detachedObject(key, object);
      return { kind: 'delete' };
    }
    return { kind: 'write', bytes: encodeForStore(object), object, ttlSeconds: storage.strategy.ttlSeconds };
  }

  async pretend(key: string, current: StoredObject | undefined): Promise<UpdateOutcome> {
    const object = await this.#nextState(current?.read<KubeObject>());
    await this.#reservation?.rollback();
    return { object: detachedObject(key, object), created: this.created };
  }

  async settled<T>(write: () => Promise<T>): Promise<T> {
    return settle({ commit: async () => this.#reservation?.commit(), rollback: async () => this.#reservation?.rollback() }, write);
  }

  async #nextState(old: Readonly<KubeObject> | undefined): Promise<KubeObject> {
    const request = this.#request;
    const { storage } = request.served;
    if (old === undefined && !this.#plan.allowCreate) throw notFound(storage, request.name);
    const current = old === undefined ? undefined : this.#plan.view?.begin(old) ?? old;
    const object = await this.#plan.next(current);
    this.created = old === undefined;
    if (old !== undefined) return this.#prepareUpdate(object, { old, current });
    await this.#prepareCreate(object);
    return object;
  }

  /** Comes before validation, which judges what was taken, too. Subresources take nothing. */
  async #reserve(object: KubeObject, old: Readonly<KubeObject> | undefined): Promise<void> {
    if (this.#request.subresource === '') this.#reservation = await reserveFor(this.#request.served.storage, this.#services)?.(object, old, this.#request);
  }

  async #prepareCreate(object: KubeObject): Promise<void> {
    const request = this.#request;
    const { storage } = request.served;
    const { clock, rng, admission } = this.#services;
    if (this.#plan.uidIsPrecondition === true && object.metadata.uid !== undefined && object.metadata.uid !== '') throw preconditionFailed(request, 'UID', { wanted: object.metadata.uid });
    const now = clock.now();
    delete object.metadata.resourceVersion; // of an object that is not there it says nothing
    wipeSystemFields(object);
    const attributes = admissionAttributes(request, { operation: 'CREATE', object, oldObject: undefined });
    await admission.admit(attributes);
    fillForCreate(object, { namespace: storage.namespaced ? request.namespace : '', now, rng });
    await this.#reserve(object, undefined);
    checkCreate(storage, object, { user: request.user, subresource: request.subresource, apiVersion: request.served.apiVersion, now }, request.warn);
    await admission.validate(attributes);
  }

  /** The state to store; where there is no view, what was written itself. */
  async #prepareUpdate(written: KubeObject, { old, current }: { old: Readonly<KubeObject>; current: Readonly<KubeObject> | undefined }): Promise<KubeObject> {
    const request = this.#request;
    const { view, uidIsPrecondition } = this.#plan;
    const { clock, admission } = this.#services;
    const { storage } = request.served;
    if (uidIsPrecondition === true && written.metadata.uid !== undefined && written.metadata.uid !== '' && written.metadata.uid !== old.metadata.uid) throw preconditionFailed(request, 'UID', { wanted: written.metadata.uid, actual: old.metadata.uid });
    const attributes = admissionAttributes(request, { operation: 'UPDATE', object: written, oldObject: current, kind: view?.kind });
    await admission.admit(attributes);
    const object = view === undefined ? written : view.put(old, written);
    checkResourceVersion(request, object, old);
    keepForUpdate(object, old);
    await this.#reserve(object, old);
    checkUpdate(storage, { object, old, context: { user: request.user, subresource: request.subresource, apiVersion: request.served.apiVersion, now: clock.now() }, warn: request.warn });
    await admission.validate(view === undefined ? attributes : admissionAttributes(request, { operation: 'UPDATE', object: view.show(object), oldObject: view.show(old), kind: view.kind }));
    return object;
  }
}

function checkResourceVersion({ served: { storage }, name }: WriteRequest, object: KubeObject, old: Readonly<KubeObject>): void {
  const given = object.metadata.resourceVersion ?? '';
  if (given !== '' && !/^\d+$/.test(given)) throw internalErrorWithoutReason(`strconv.ParseUint: parsing ${JSON.stringify(given)}: invalid syntax`);
  if (given !== '' && given !== '0') {
    if (given !== old.metadata.resourceVersion) throw modifiedSince(storage, name);
    return;
  }
  if (storage.strategy.allowUnconditionalUpdate === false) throw invalid({ group: storage.group, kind: storage.resource }, name, [invalidValue('metadata.resourceVersion', 0, 'must be specified for an update')]);
  if (old.metadata.resourceVersion !== undefined) object.metadata.resourceVersion = old.metadata.resourceVersion;
}

/** Nothing but times of managed fields differs. */
export function saysTheSame(object: Readonly<KubeObject>, old: Readonly<KubeObject>): boolean {
  return jsonEquals(withoutTimes(object), withoutTimes(old));
}

function withoutTimes(object: Readonly<KubeObject>): unknown {
  const { managedFields } = object.metadata;
  return managedFields === undefined ? object : { ...object, metadata: { ...object.metadata, managedFields: managedFields.map((entry) => ({ ...entry, time: undefined })) } };
}

/** The last thing that held an object back is gone. */
function isGone(object: KubeObject, old: Readonly<KubeObject>, isHeld: ((object: Readonly<KubeObject>) => boolean) | undefined): boolean {
  if (old.metadata.deletionTimestamp === undefined || (object.metadata.finalizers?.length ?? 0) > 0) return false;
  return (old.metadata.deletionGracePeriodSeconds ?? 0) === 0 && isHeld?.(object) !== true;
}
