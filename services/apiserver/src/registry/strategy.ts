import type { FieldError, KubeObject } from '@kubernode/apimachinery';
import type { DeleteRequestOptions } from '../endpoints/delete-options.ts';
import type { UserInfo } from '../pipeline/api-request.ts';

/** What a strategy may know besides the objects. */
export interface StrategyContext {
  user: UserInfo;
  /** '' for the object itself, or the subresource that is written: status, scale, … */
  subresource: string;
  /** The version the request speaks, `events.k8s.io/v1`; objects are of the stored one. Absent: the same. */
  apiVersion?: string;
  /** ms since 1970. */
  now: number;
}

/**
 * What is particular to a kind and cannot be said by schema facts. All functions are pure apart from changing the object that they
 * are given, which is the request's own copy. Everything is optional; a kind without a strategy is served by facts alone.
 *
 * Order on create, as in Kubernetes: schema defaults → `defaults` → mutating admission → `prepareForCreate` → `validate` → validating
 * admission. On update likewise with the old object.
 */
export interface Strategy<T extends KubeObject = KubeObject> {
  /** Defaults that schema facts cannot give (one field from another). Also applied to objects read from etcd by older writers. */
  defaults?(object: T): void;
  /** Clears what clients may not set, fills what the server does (generation, finalizers, phase). */
  prepareForCreate?(object: T, context: StrategyContext): void;
  /** Keeps what this request may not change: status on the main path, spec on /status. */
  prepareForUpdate?(object: T, old: Readonly<T>, context: StrategyContext): void;
  validate?(object: Readonly<T>, context?: StrategyContext): FieldError[];
  validateUpdate?(object: Readonly<T>, old: Readonly<T>, context: StrategyContext): FieldError[];
  warnings?(object: Readonly<T>, old: Readonly<T> | undefined, context: StrategyContext): string[];
  /** Beyond metadata.name and metadata.namespace: field path → value. */
  selectableFields?(object: Readonly<T>): Record<string, string>;
  /** Creations may bring their status along (nodes). */
  keepsStatusOnCreate?: boolean;
  /** Whether metadata.generation counts changes: true when spec (and what else `generationFields` names) counts. */
  generationFields?: readonly string[];
  /** May PUT create the object? */
  allowCreateOnUpdate?: boolean;
  /** May PUT omit resourceVersion? True by default. */
  allowUnconditionalUpdate?: boolean;
  /** Why an object of this name may not be deleted; undefined for all others. */
  refuseDelete?(name: string): string | undefined;
  /** DELETE answers the object instead of a Status. */
  returnsDeletedObject?: boolean;
  /** Seconds of grace when the client names none; undefined: deleted at once. */
  gracePeriodSeconds?(object: Readonly<T>, requested: number | undefined): number | undefined;
  /** Deletion leaves dependents alone unless the client says otherwise. */
  orphansByDefault?: boolean;
  /** Said to clients that delete without naming what becomes of dependents. */
  warningOnDelete?: string;
  /** Objects of the kind vanish by themselves after this long (events). */
  ttlSeconds?: number;
  /** Beyond metadata.finalizers: true while something else keeps an object that is being deleted (a namespace's spec.finalizers). */
  isHeld?(object: Readonly<T>): boolean;
  /** Marks an object at its first DELETE in place of the usual way: it stays until the server itself removes it. */
  beginDeletion?(object: T, now: number, options: DeleteRequestOptions): void;
  /** `validate` looks at metadata, too, and it alone for new objects. */
  judgesMetadataItself?: boolean;
  /** Updates are judged as creations are, metadata included. It shows only in how often a fault is told. */
  judgesMetadataAgain?: boolean;
  /** Name rules; DNS subdomain by default. Messages as Kubernetes prints them, empty when valid. */
  validateName?(name: string, prefix: boolean): string[];
}
