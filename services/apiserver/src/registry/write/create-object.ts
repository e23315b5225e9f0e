import { alreadyExists, generateName, isAlreadyExists, StatusError, type GroupResource, type KubeObject } from '@kubernode/apimachinery';
import type { StoredObject } from '@kubernode/storage';
import { storeKey } from '../served-resource.ts';
import { detachedObject, encodeForStore } from './encode-object.ts';
import { fillForCreate, refuseRevision } from './object-metadata.ts';
import { admissionAttributes, reserveFor, type Reservation, type WriteRequest, type WriteServices } from './write-request.ts';
import { checkCreate } from './write-rules.ts';

/** How often a made name is tried anew when it is taken. */
const MADE_NAME_ATTEMPTS_MAX = 8;

/** Creates an object of the stored version, without what only the server may give: admission, preparation, validation, store. The object given is changed on the way. */
export async function createObject(object: KubeObject, request: WriteRequest, services: WriteServices): Promise<StoredObject> {
  const { storage } = request.served;
  const now = services.clock.now();
  await services.admission.admit(admissionAttributes(request, { operation: 'CREATE', object, oldObject: undefined, name: object.metadata.name }));
  const made = object.metadata.name === undefined || object.metadata.name === '';
  fillForCreate(object, { namespace: storage.namespaced ? request.namespace : '', now, rng: services.rng });
  const reservation = await reserveFor(storage, services)?.(object, undefined, request);
  return settle(reservation, async () => {
    checkCreate(storage, object, { user: request.user, subresource: request.subresource, apiVersion: request.served.apiVersion, now }, request.warn);
    await services.admission.validate(admissionAttributes(request, { operation: 'CREATE', object, oldObject: undefined, name: object.metadata.name }));
    return store(object, made, request, services);
  });
}

async function store(object: KubeObject, made: boolean, request: WriteRequest, services: WriteServices): Promise<StoredObject> {
  const { storage } = request.served;
  const { metadata } = object;
  for (let attempt = 1; ; attempt++) {
    const key = storeKey(storage, metadata.namespace ?? '', metadata.name);
    const exists = (): Error => nameTaken(storage, metadata);
    try {
      if (request.dryRun) return await pretend(key, object, request, exists);
      refuseRevision(object);
      return await storage.store.create(key, encodeForStore(object), { object, exists, fence: request.fence, course: request.course, ttlSeconds: storage.strategy.ttlSeconds, get signal() { return request.signal; } });
    } catch (error) {
      if (!made || !isAlreadyExists(error) || attempt === MADE_NAME_ATTEMPTS_MAX) throw error;
      metadata.name = generateName(metadata.generateName ?? '', services.rng);
    }
  }
}

/** Whoever lets names be made may simply try again, also where a name was given beside. */
function nameTaken(storage: GroupResource, { name, generateName: prefix = '' }: KubeObject['metadata']): StatusError {
  const taken = alreadyExists(storage, name);
  if (prefix === '') return taken;
  return new StatusError({ code: taken.code, reason: 'AlreadyExists', message: `${taken.message}, the server was not able to generate a unique name for the object`, details: { ...taken.details, retryAfterSeconds: 1 } });
}

async function pretend(key: string, object: KubeObject, { served, signal }: WriteRequest, exists: () => Error): Promise<StoredObject> {
  if (await served.storage.store.get(key, { freshness: { kind: 'consistent' }, signal }) !== undefined) throw exists();
  return detachedObject(key, object);
}

/** Runs a write, then commits or gives back what was reserved for it. */
export async function settle<T>(reservation: Reservation | undefined, write: () => Promise<T>): Promise<T> {
  if (reservation === undefined) return write();
  let result: T;
  try {
    result = await write();
  } catch (error) {
    await reservation.rollback();
    throw error;
  }
  await reservation.commit();
  return result;
}
