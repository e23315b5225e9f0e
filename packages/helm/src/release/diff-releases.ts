import { encodeYaml, isJsonObject, parseApiVersion, type JsonObject } from '@kubernode/apimachinery';
import { unifiedDiff } from '@kubernode/base';
import { parseManifest } from './manifest-objects.ts';
import type { Release, StoredHook } from './release.ts';

/** How one object differs. */
export interface ObjectDiff {
  change: 'added' | 'removed' | 'changed';
  kind: string;
  name: string;
  /** As the manifest has it; '' where it has none. */
  namespace: string;
  apiVersion: string;
  /** A unified diff of its YAML. */
  text: string;
}

export interface DiffOptions {
  /** Without, values of Secrets are hidden; it is said whether they differ. */
  showSecrets: boolean;
  hooks: boolean;
}

type Compared = Pick<Release, 'manifest' | 'hooks'>;

/** What differs between two revisions, in the order of the newer one, removed objects last. Keys are sorted, so that order is no difference. */
export function diffReleases(before: Compared, after: Compared, options: DiffOptions): ObjectDiff[] {
  const [old, wanted] = [objectsOf(before, options), objectsOf(after, options)];
  const identities = [...wanted.keys(), ...[...old.keys()].filter((identity) => !wanted.has(identity))];
  return identities.flatMap((identity): ObjectDiff[] => {
    const [from, to] = [old.get(identity), wanted.get(identity)];
    const text = differenceOf(...showBoth(from, to, options));
    const one = to ?? from;
    if (text === '' || one === undefined) return [];
    return [{ change: from === undefined ? 'added' : to === undefined ? 'removed' : 'changed', ...namesOf(one), text }];
  });
}

function objectsOf({ manifest, hooks }: Compared, options: DiffOptions): Map<string, JsonObject> {
  const text = [manifest, ...(options.hooks ? hooks.map((hook: StoredHook) => hook.manifest) : [])].join('\n---\n');
  return new Map(parseManifest(text).map(({ object }) => {
    const { apiVersion, kind, namespace, name } = namesOf(object);
    return [`${parseApiVersion(apiVersion).group}/${kind}/${namespace}/${name}`, object];
  }));
}

function namesOf(object: JsonObject): { apiVersion: string; kind: string; namespace: string; name: string } {
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {};
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return { apiVersion: text(object['apiVersion']), kind: text(object['kind']), namespace: text(metadata['namespace']), name: text(metadata['name']) };
}

/** All lines of what came or went. */
function differenceOf(before: string | undefined, after: string | undefined): string {
  if (before !== undefined && after !== undefined) return unifiedDiff(before, after);
  const lines = (before ?? after ?? '').split('\n');
  return `@@ ${before === undefined ? `-0,0 +1,${lines.length}` : `-1,${lines.length} +0,0`} @@\n${lines.map((line) => `${before === undefined ? '+' : '-'}${line}\n`).join('')}`;
}

function showBoth(from: JsonObject | undefined, to: JsonObject | undefined, { showSecrets }: DiffOptions): [string | undefined, string | undefined] {
  const show = (object: JsonObject | undefined): string | undefined => (object === undefined ? undefined : encodeYaml(object).trimEnd());
  return showSecrets ? [show(from), show(to)] : [show(from && withoutSecrets(from, to, 'before')), show(to && withoutSecrets(to, from, 'after'))];
}

/** A Secret whose values only say whether the other one has the same. */
function withoutSecrets(object: JsonObject, other: JsonObject | undefined, side: 'before' | 'after'): JsonObject {
  if (object['kind'] !== 'Secret') return object;
  const hide = (field: string, values: JsonObject): JsonObject => {
    const others = other?.[field];
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, isJsonObject(others) && others[key] === value ? '<hidden>' : `<hidden, ${side}>`]));
  };
  return Object.fromEntries(Object.entries(object).map(([field, value]) => [field, (field === 'data' || field === 'stringData') && isJsonObject(value) ? hide(field, value) : value]));
}
