import type { ResourceRef } from '@kubernode/api';
import type { Client, IndexFunctions, InformerChange, Lister, ListSelector, RetryLimits } from '@kubernode/client';
import type { Plan } from './action.ts';

/** What is known of the cluster, resource by resource. */
export interface Listers {
  of<T>(resource: ResourceRef<T>): Lister<T>;
  /** The resource version up to which every change of the resource is in its lister; 0 before the first list. */
  seenUpTo(resource: ResourceRef): number;
}

/** A kind that a controller watches, and which keys a change of it concerns. */
export interface Watch<T = unknown> {
  resource: ResourceRef<T>;
  /** Only these objects are watched and kept in memory; what `listers` give of the resource in this controller is limited to them, too. */
  selector?: ListSelector;
  indexes?: IndexFunctions<T>;
  /** Changes wait this long before their keys are looked at, so that a burst of them is met in one go. */
  batchMs?: (change: InformerChange<T>) => number;
  /** Pure. */
  keys(change: InformerChange<T>, listers: Listers): Iterable<string>;
}

/** Keeps the type of a watch's objects within it. */
export function watch<T>(definition: Watch<T>): Watch {
  return definition as unknown as Watch; // its functions are only ever called with objects of its own resource
}

/** Thrown by `ask`: not a fault, but worth another look after a growing delay. */
export class TryAgain extends Error {
  override readonly name = 'TryAgain';
}

/** How a look at a key went, from asking to the last write. */
export interface Look<S> { snapshot: S; seconds: number; /** Absent: all that was planned is done. */ error?: unknown }

/** What `ask` may use. */
export interface Reach { client: Client; signal: AbortSignal }

/**
 * A control loop as data and pure functions: changes give keys, a key gives a snapshot, a snapshot a plan. Level-triggered: the plan
 * depends on what is, never on what happened.
 */
export interface Controller<S = unknown> {
  /** Name of its queue and in logs: `deployment`. */
  name: string;
  /** Who its events come from: `deployment-controller`. */
  component: string;
  workers?: number;
  /** How soon keys that failed are tried again; as in client-go without. */
  retry?: RetryLimits;
  watches: readonly Watch[];
  /** Something that it decides by besides the cluster: calls `changed` when all keys have to be looked at again. */
  follow?(changed: () => void): Disposable;
  /** What is known about a key; undefined for nothing to do. */
  read(key: string, listers: Listers): S | undefined;
  /** What the local copies cannot tell, asked of the server: the snapshot with the answers in it. A rejection fails the reconcile. */
  ask?(snapshot: S, reach: Reach): Promise<S>;
  /** Pure: what to do about it. `nowMs` is wall-clock time. */
  reconcile(snapshot: S, nowMs: number): Plan;
  /** Told of each look that found something to decide; for metrics. */
  onLook?(look: Look<S>): void;
}

/** Keeps the type of a controller's snapshot within it. */
export function controller<S>(definition: Controller<S>): Controller {
  return definition as unknown as Controller; // reconcile is only ever called with what read returned
}

/** The change itself is the key. */
export function ownKey<T>({ key }: InformerChange<T>): readonly string[] { return [key]; }
