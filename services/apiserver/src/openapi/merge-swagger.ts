import { isJsonObject, jsonEquals, type Json, type JsonObject } from '@kubernode/apimachinery';
import { filterSwagger } from './filter-swagger.ts';
import { DEFINITIONS, PARAMETERS, withReferences, type Swagger } from './swagger-references.ts';

const KINDS = 'x-kubernetes-group-version-kind';

type IsSame = (a: Json | undefined, b: Json | undefined) => boolean;

/**
 * One Swagger document of several. The first says everything but paths, definitions and parameters. Of a path that several have, the earlier
 * counts; a definition that another one already has the name of gets a name of its own (`Pod_v2`), unless both say the same. Pure.
 */
export function mergeSwagger(first: Swagger, others: readonly Swagger[]): Swagger {
  const merged = others.reduce(withDocument, first);
  return { ...merged, ...sortedField(merged, 'paths'), ...sortedField(merged, 'definitions'), ...sortedField(merged, 'parameters') };
}

function withDocument(before: Swagger, document: Swagger): Swagger {
  const taken = objectIn(before, 'paths');
  const offered = Object.keys(objectIn(document, 'paths'));
  const isNew = (path: string): boolean => !Object.hasOwn(taken, path);
  if (!offered.some(isNew)) return before;
  const added = withoutConflicts(before, offered.every(isNew) ? document : filterSwagger(document, isNew));
  const parameters = { ...objectIn(added, 'parameters'), ...objectIn(before, 'parameters') };
  return {
    ...before, paths: { ...objectIn(added, 'paths'), ...taken }, definitions: mergedDefinitions(objectIn(before, 'definitions'), objectIn(added, 'definitions')),
    ...(Object.keys(parameters).length > 0 && { parameters }),
  };
}

/** Names of what means something else in `before` are replaced, where they are defined and where they are referred to. */
function withoutConflicts(before: Swagger, document: Swagger): Swagger {
  const definitions = newNames(objectIn(before, 'definitions'), objectIn(document, 'definitions'), isSameDefinition);
  const parameters = newNames(objectIn(before, 'parameters'), objectIn(document, 'parameters'), jsonEquals);
  const elsewhere = new Map([...prefixed(definitions, DEFINITIONS), ...prefixed(parameters, PARAMETERS)]);
  const renamed = withReferences(document, elsewhere);
  return { ...renamed, definitions: withNames(objectIn(renamed, 'definitions'), definitions), parameters: withNames(objectIn(renamed, 'parameters'), parameters) };
}

/** A name that an equal one got before is used again, so that two servers with the same type do not make two of it. */
function newNames(existing: JsonObject, added: JsonObject, isSame: IsSame): Map<string, string> {
  const names = new Map<string, string>();
  const used = new Set(Object.keys(existing));
  for (const [name, value] of Object.entries(added)) {
    if (!Object.hasOwn(existing, name) || isSame(existing[name], value)) continue;
    let count = 2;
    const candidate = (): string => `${name}_v${count}`;
    while (Object.hasOwn(existing, candidate()) && !isSame(existing[candidate()], value)) count++;
    if (!Object.hasOwn(existing, candidate())) while (used.has(candidate()) || Object.hasOwn(added, candidate())) count++;
    names.set(name, candidate());
    used.add(candidate());
  }
  return names;
}

/** The same but for the kinds they stand for: shared types stand for a kind of every group. */
function isSameDefinition(a: Json | undefined, b: Json | undefined): boolean {
  if (!isJsonObject(a) || !isJsonObject(b)) return jsonEquals(a, b);
  const [{ [KINDS]: _a, ...one }, { [KINDS]: _b, ...other }] = [a, b];
  return jsonEquals(one, other);
}

function mergedDefinitions(before: JsonObject, added: JsonObject): JsonObject {
  const merged: JsonObject = { ...before };
  for (const [name, definition] of Object.entries(added)) {
    const existing = merged[name];
    merged[name] = isJsonObject(existing) && isJsonObject(definition) ? withKinds(existing, definition) : existing ?? definition;
  }
  return merged;
}

function withKinds(definition: JsonObject, { [KINDS]: added }: JsonObject): JsonObject {
  const { [KINDS]: existing } = definition;
  if (!Array.isArray(added)) return definition;
  if (!Array.isArray(existing)) return { ...definition, [KINDS]: added };
  const known = new Set(existing.map(kindKey));
  const fresh = added.filter((kind) => !known.has(kindKey(kind)));
  return fresh.length === 0 ? definition : { ...definition, [KINDS]: [...existing, ...fresh].sort((a, b) => (kindKey(a) < kindKey(b) ? -1 : 1)) };
}

function kindKey(kind: Json): string {
  const { group, version, kind: name } = isJsonObject(kind) ? kind : {};
  return `${String(group)}/${String(version)}.${String(name)}`;
}

function prefixed(names: ReadonlyMap<string, string>, prefix: string): [string, string][] {
  return [...names].map(([from, to]) => [prefix + from, prefix + to]);
}

function withNames(values: JsonObject, names: ReadonlyMap<string, string>): JsonObject {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [names.get(name) ?? name, value]));
}

function objectIn(document: Swagger, field: string): JsonObject {
  const { [field]: value } = document;
  return isJsonObject(value) ? value : {};
}

function sortedField(document: Swagger, field: string): Swagger {
  if (document[field] === undefined) return {};
  return { [field]: Object.fromEntries(Object.entries(objectIn(document, field)).sort(([a], [b]) => (a < b ? -1 : 1))) };
}
