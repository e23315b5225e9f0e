import type { apiextensionsV1 } from '@kubernode/api';
import type { Definition, DefinitionCondition } from './definition.ts';

type Names = apiextensionsV1.CustomResourceDefinitionNames;

export interface NamesDecision { accepted: Names; condition: DefinitionCondition }

/** Which of the names that a definition wants it gets: those that no other definition of its group holds. What it holds it keeps. */
export function decideNames({ spec, status }: Readonly<Definition>, others: readonly Readonly<Definition>[]): NamesDecision {
  const { names: wanted, group } = spec;
  const held = status?.acceptedNames ?? { kind: '', plural: '' };
  const { resources, kinds } = takenNames(others.filter((other) => other.spec.group === group));
  const accepted: Names = { ...held };
  const take = (field: NameField, reason: string, taken: ReadonlySet<string>): Conflict | undefined => {
    const name = wanted[field] ?? '';
    if (name !== (held[field] ?? '') && taken.has(name)) return { reason, message: inUse(name) };
    assignName(accepted, field, wanted[field]);
    return undefined;
  };
  const takeShortNames = (): Conflict | undefined => {
    const lost = (wanted.shortNames ?? []).filter((name) => held.shortNames?.includes(name) !== true && name !== '' && resources.has(name)).map(inUse);
    if (lost.length > 0) return { reason: 'ShortNamesConflict', message: aggregate(lost) };
    replaceList(accepted, 'shortNames', wanted.shortNames);
    return undefined;
  };
  const conflicts = [take('plural', 'PluralConflict', resources), take('singular', 'SingularConflict', resources), takeShortNames(), take('kind', 'KindConflict', kinds), take('listKind', 'ListKindConflict', kinds)];
  replaceList(accepted, 'categories', wanted.categories);
  const last = conflicts.findLast((one) => one !== undefined); // of several the last is told
  return { accepted, condition: last === undefined ? ACCEPTED : { type: 'NamesAccepted', status: 'False', ...last } };
}

const ACCEPTED: DefinitionCondition = { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' };

interface Conflict { reason: string; message: string }
type NameField = 'plural' | 'singular' | 'kind' | 'listKind';
interface TakenNames { resources: ReadonlySet<string>; kinds: ReadonlySet<string> }

function takenNames(others: readonly Readonly<Definition>[]): TakenNames {
  const accepted = others.flatMap(({ status }) => status?.acceptedNames ?? []);
  return {
    resources: new Set(accepted.flatMap(({ plural, singular = '', shortNames = [] }) => [plural, singular, ...shortNames])),
    kinds: new Set(accepted.flatMap(({ kind, listKind = '' }) => [kind, listKind])),
  };
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
