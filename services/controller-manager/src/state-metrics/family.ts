import { timeToMs, type ObjectMeta } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';
import type { Labels } from '@kubernode/component-base';

/** One value of an object; its labels stand beside those that name the object. */
export interface Sample { labels?: Labels; value: number }

/** One metric of all objects of a kind, under kube-state-metrics' name. `samples` is pure; an object may have none. */
export interface Family<T> {
  name: string;
  type: 'counter' | 'gauge';
  help: string;
  samples(object: Readonly<T>): readonly Sample[];
}

export interface StateKind<T> {
  resource: ResourceRef<T>;
  /** The labels by which the object is told from others of its kind, on each of its samples. */
  identity(object: Readonly<T>): Labels;
  families: readonly Family<T>[];
}

export function gauge<T>(name: string, help: string, samples: Family<T>['samples']): Family<T> {
  return { name, type: 'gauge', help, samples };
}

/** A family of at most one sample without labels of its own; undefined is not told. */
export function figure<T>(name: string, help: string, read: (object: Readonly<T>) => number | boolean | undefined): Family<T> {
  return gauge(name, help, (object) => only(read(object)));
}

/** A family of one sample that is always 1: what it tells are its labels. */
export function info<T>(name: string, help: string, labels: (object: Readonly<T>) => Labels): Family<T> {
  return gauge(name, help, (object) => [{ labels: labels(object), value: 1 }]);
}

/** A time in seconds since 1970, where there is one. */
export function moment<T>(name: string, help: string, read: (object: Readonly<T>) => string | null | undefined): Family<T> {
  return figure(name, help, (object) => unixSeconds(read(object)));
}

export function only(value: number | boolean | undefined): readonly Sample[] {
  return value === undefined ? [] : [{ value: Number(value) }];
}

/** Whole seconds since 1970. */
export function unixSeconds(time: string | null | undefined): number | undefined {
  const ms = timeToMs(time);
  return ms === undefined ? undefined : Math.floor(ms / 1000);
}

const STATUSES = ['True', 'False', 'Unknown'] as const;

/** One sample for each value that a condition's status can have, 1 for the one it has. */
export function statusSamples(status: string, labels: Labels, label: string): readonly Sample[] {
  return STATUSES.map((one) => ({ labels: { ...labels, [label]: one.toLowerCase() }, value: Number(status === one) }));
}

/** One sample for each of a closed set of values, 1 for the one that is. */
export function choiceSamples(label: string, choices: readonly string[], chosen: string | undefined): readonly Sample[] {
  return chosen === undefined || chosen === '' ? [] : choices.map((choice) => ({ labels: { [label]: choice }, value: Number(choice === chosen) }));
}

interface Owned { metadata: Pick<ObjectMeta, 'ownerReferences'> }

/** A sample an owner; one with empty labels for an object without. */
export function ownerSamples({ metadata: { ownerReferences = [] } }: Readonly<Owned>): readonly Sample[] {
  if (ownerReferences.length === 0) return [{ labels: { owner_kind: '', owner_name: '', owner_is_controller: '' }, value: 1 }];
  return ownerReferences.map(({ kind, name, controller }) => ({ labels: { owner_kind: kind, owner_name: name, owner_is_controller: String(controller === true) }, value: 1 }));
}

interface Named { metadata: Pick<ObjectMeta, 'creationTimestamp' | 'deletionTimestamp'> }

/** When objects of a kind were made, and when they were asked to go. */
export function lifeFamilies<T extends Named>(prefix: string): readonly Family<T>[] {
  return [
    moment(`${prefix}_created`, 'Unix creation timestamp', ({ metadata }) => metadata.creationTimestamp),
    moment(`${prefix}_deletion_timestamp`, 'Unix deletion timestamp', ({ metadata }) => metadata.deletionTimestamp),
  ];
}
