import type { ManagedFieldsEntry } from '../meta/object-meta.ts';
import { formatTime, timeToMs } from '../time/rfc3339.ts';
import type { FieldSet } from './field-set.ts';
import { decodeFieldsV1, encodeFieldsV1 } from './fields-v1.ts';
import { compareText } from './path-element.ts';

export type ManagerOperation = 'Apply' | 'Update';

/** One entry of managedFields with its fields as a set. */
export interface ManagedSet {
  readonly manager: string;
  readonly operation: ManagerOperation;
  /** The version in which `set` names the fields. */
  readonly apiVersion: string;
  readonly subresource: string;
  readonly set: FieldSet;
  /** ms since 1970; undefined for entries that were made without a change of the object. */
  readonly timeMs: number | undefined;
}

/** All entries by identity. Never changed in place. */
export type ManagedSets = ReadonlyMap<string, ManagedSet>;

/** Which entry an operation writes to: an applier has one, whatever the version; an updater one for each version. */
export function managerId({ manager, operation, apiVersion, subresource }: Pick<ManagedSet, 'manager' | 'operation' | 'apiVersion' | 'subresource'>): string {
  const version = operation === 'Update' ? apiVersion : '';
  return `${operation} ${version.length} ${subresource.length} ${version}${subresource}${manager}`; // with lengths, since names may hold anything
}

/** Reads managedFields. Throws an Error for malformed ones, which callers either report or take for none. */
export function decodeManagedFields(entries: readonly ManagedFieldsEntry[] | null | undefined): ManagedSets {
  const sets = new Map<string, ManagedSet>();
  for (const [index, entry] of (entries ?? []).entries()) {
    const decoded = decodeEntry(entry, index);
    sets.set(managerId(decoded), decoded);
  }
  return sets;
}

function decodeEntry({ manager = '', operation, apiVersion = '', subresource = '', fieldsType = '', fieldsV1, time }: ManagedFieldsEntry, index: number): ManagedSet {
  if (operation !== 'Apply' && operation !== 'Update') throw new Error('operation must be `Apply` or `Update`');
  if (apiVersion === '') throw new Error('apiVersion must not be empty');
  if (fieldsType === '') throw new Error(`missing fieldsType in managed fields entry ${index}`);
  if (fieldsType !== 'FieldsV1') throw new Error(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${index}`);
  return { manager, operation, apiVersion, subresource, set: decodeFieldsV1(fieldsV1 ?? {}), timeMs: timeToMs(time) };
}

/** The inverse, in the order of the API: appliers first, then the oldest, then by name. Undefined for no entry. */
export function encodeManagedFields(sets: ManagedSets): ManagedFieldsEntry[] | undefined {
  if (sets.size === 0) return undefined;
  return [...sets.values()].sort(compareEntries).map(({ manager, operation, apiVersion, subresource, set, timeMs }) => ({
    ...(manager !== '' && { manager }), operation, apiVersion, ...(timeMs !== undefined && { time: formatTime(timeMs) }),
    fieldsType: 'FieldsV1', fieldsV1: encodeFieldsV1(set), ...(subresource !== '' && { subresource }),
  }));
}

function compareEntries(a: ManagedSet, b: ManagedSet): number {
  return compareText(a.operation, b.operation) || seconds(a) - seconds(b) || compareText(a.manager, b.manager)
    || compareText(a.apiVersion, b.apiVersion) || compareText(a.subresource, b.subresource);
}

export function seconds({ timeMs = 0 }: Pick<ManagedSet, 'timeMs'>): number {
  return Math.floor(timeMs / 1000);
}

/** A copy with one entry set, or removed where its set is empty. */
export function withEntry(sets: ManagedSets, id: string, entry: ManagedSet | undefined): ManagedSets {
  const copy = new Map(sets);
  if (entry === undefined || entry.set.children.size === 0) copy.delete(id);
  else copy.set(id, entry);
  return copy;
}
