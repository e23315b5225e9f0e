import type { apiextensionsV1 } from '@kubernode/api';
import type { Definition, DefinitionCondition } from './definition.ts';

type Names = apiextensionsV1.CustomResourceDefinitionNames;

export interface NamesDecision { accepted: Names; condition: DefinitionCondition }

/** Which of the names that a definition wants it gets: those that no other definition of its group holds. What it holds it keeps. */
export function decideNames({ spec, status }: Readonly<Definition>, others: readonly Readonly<Definition>[]): NamesDecision {
  const { names: wanted, group } = spec;
  const held = status?.acceptedNames ?? { kind: '', plural: '' };
  const taken = takenNames(others.filter((other) => other.spec.group === group));
  const accepted: Names = { ...held };
  const conflicts: [reason: string, message: string][] = [];
  for (const [field, reason, used] of NAME_RULES(taken)) {
    const name = wanted[field];
    if ((name ?? '') === (held[field] ?? '') || !used.has(name ?? '')) assignName(accepted, field, name);
    else conflicts.push([reason, inUse(name ?? '')]);
  }
  const shortConflicts = shortNameConflicts(wanted.shortNames ?? [], held.shortNames ?? [], taken.resources);
  if (shortConflicts.length > 0) conflicts.splice(Math.min(conflicts.length, RULES_BEFORE_SHORT_NAMES), 0, ['ShortNamesConflict', aggregate(shortConflicts)]);
  else replaceList(accepted, 'shortNames', wanted.shortNames);
  replaceList(accepted, 'categories', wanted.categories);
  const last = conflicts.at(-1);
  return { accepted, condition: last === undefined ? ACCEPTED : { type: 'NamesAccepted', status: 'False', reason: last[0], message: last[1] } };
}

const ACCEPTED: DefinitionCondition = { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' };
/** Plural and singular are looked at before short names, kinds after; the last conflict is the one that is told. */
const RULES_BEFORE_SHORT_NAMES = 2;

type NameField = 'plural' | 'singular' | 'kind' | 'listKind';
interface TakenNames { resources: ReadonlySet<string>; kinds: ReadonlySet<string> }

const NAME_RULES = ({ resources, kinds }: TakenNames): readonly (readonly [NameField, string, ReadonlySet<string>])[] => [
  ['plural', 'PluralConflict', resources], ['singular', 'SingularConflict', resources], ['kind', 'KindConflict', kinds], ['listKind', 'ListKindConflict', kinds],
];

function takenNames(others: readonly Readonly<Definition>[]): TakenNames {
  const accepted = others.flatMap(({ status }) => status?.acceptedNames ?? []);
  return {
    resources: new Set(accepted.flatMap(({ plural, singular = '', shortNames = [] }) => [plural, singular, ...shortNames])),
    kinds: new Set(accepted.flatMap(({ kind, listKind = '' }) => [kind, listKind])),
  };
}

function shortNameConflicts(wanted: readonly string[], held: readonly string[], taken: ReadonlySet<string>): string[] {
  return wanted.filter((name) => !held.includes(name) && name !== '' && taken.has(name)).map(inUse);
}

function inUse(name: string): string {
  return `${JSON.stringify(name)} is already in use`;
}

function aggregate(messages: readonly string[]): string {
  const [only = ''] = messages;
  return messages.length === 1 ? only : `[${messages.join(', ')}]`;
}

function assignName(names: Names, field: NameField, name: string | undefined): void {
  if (name === undefined && field !== 'plural' && field !== 'kind') delete names[field];
  else names[field] = name ?? '';
}

function replaceList(names: Names, field: 'shortNames' | 'categories', list: string[] | undefined): void {
  if (list === undefined || list.length === 0) delete names[field];
  else names[field] = [...list];
}
