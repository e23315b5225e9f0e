import type { Clock, Rng } from '@kubernode/base';
import type { GroupVersionKind, KubeObject } from '@kubernode/apimachinery';
import type { StoredObject, WriteOptions } from '@kubernode/storage';
import type { AdmissionAttributes, AdmissionOperation } from '../../admission/admission.ts';
import type { UserInfo } from '../../pipeline/api-request.ts';
import type { RequestCourse } from '../../pipeline/request-course.ts';
import type { ResourceStorage, ServedResource } from '../served-resource.ts';

/** One write as the registry sees it: who, what for, and how to answer back. */
export interface WriteRequest {
  served: ServedResource;
  namespace: string;
  name: string;
  /** Where admission is not told the name: objects of a collection that is deleted. */
  isNameless?: boolean;
  /** '' for the object itself. */
  subresource: string;
  user: UserInfo;
  dryRun: boolean;
  /** CreateOptions, … as admission sees them. */
  options: Readonly<Record<string, unknown>>;
  warn(text: string): void;
  annotate(key: string, value: string): void;
  signal?: AbortSignal | undefined;
  /** When it has to be answered, monotonic. */
  expiresAtMs?: number | undefined;
  fence?: WriteOptions['fence'];
  /** Of the request that asked; absent for the server's own writes. */
  course?: RequestCourse | undefined;
}

/** All admission plugins as one. */
export interface Admission {
  /** Lets plugins change the object. */
  admit(attributes: AdmissionAttributes): Promise<void>;
  validate(attributes: AdmissionAttributes): Promise<void>;
}

/** Something outside the object that a write takes before and gives back when it fails: cluster IPs, node ports. */
export interface Reservation {
  /** The write is done: what the object no longer has is given back. */
  commit(): Promise<void>;
  /** The write failed: what was taken is given back. */
  rollback(): Promise<void>;
}

/**
 * Takes what a write of a kind needs, before the object is judged: as in Kubernetes, what was chosen is there for validation, quotas and
 * webhooks to see. `object` is undefined for a deletion, `old` for a creation. It may fill fields of the object, and refuse by a StatusError.
 */
export type Reserve = (object: KubeObject | undefined, old: Readonly<KubeObject> | undefined, request: { dryRun: boolean; subresource: string; signal?: AbortSignal | undefined }) => Promise<Reservation | undefined>;

/** What writes need besides the request; one for the whole server. */
export interface WriteServices {
  clock: Clock;
  rng: Rng;
  admission: Admission;
  /** By `resource.group`. */
  reservations: ReadonlyMap<string, Reserve>;
}

export function reserveFor({ group, resource }: ResourceStorage, { reservations }: WriteServices): Reserve | undefined {
  return reservations.get(`${resource}.${group}`);
}

/** An object is gone: what was reserved for it is given back. */
export async function releaseReserved(object: StoredObject, request: WriteRequest, services: WriteServices): Promise<void> {
  const reserve = reserveFor(request.served.storage, services);
  if (reserve !== undefined) await (await reserve(undefined, object.read<KubeObject>(), request))?.commit();
}

export interface AdmittedWrite extends Pick<AdmissionAttributes, 'operation' | 'object' | 'oldObject'> {
  /** Where it was made: the request's is empty then. */
  name?: string;
  /** Of objects that are not those of the resource. */
  kind?: GroupVersionKind | undefined;
}

export function admissionAttributes(request: WriteRequest, what: AdmittedWrite): AdmissionAttributes {
  const { served, namespace, subresource, user, dryRun, expiresAtMs, warn, annotate, course } = request;
  const { group, version, resource } = served.facts;
  const { operation, object, oldObject, kind = served.kind, name = request.isNameless === true ? '' : request.name } = what;
  return {
    operation, object, oldObject, user, group, version, resource, subresource, kind, namespace, name, dryRun, options: optionsOf(operation, request.options), expiresAtMs, warn, annotate, course,
    get signal() { return request.signal; }, // made for those who wait
  };
}

const OPTION_KINDS = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions' } as const;

/** Admission is told what is done, whatever was asked for: a PATCH updates or creates, a PUT may create. */
function optionsOf(operation: AdmissionOperation, options: WriteRequest['options']): WriteRequest['options'] {
  if ((operation !== 'CREATE' && operation !== 'UPDATE') || options['kind'] === undefined || options['kind'] === OPTION_KINDS[operation]) return options;
  const { force: _ofPatches, ...shared } = options;
  return { ...shared, kind: OPTION_KINDS[operation] };
}
