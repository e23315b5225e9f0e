import type { GroupResource } from '@kubernode/apimachinery';

/** `secrets`, `deployments.apps`; `*.` is all of the core group, `*.apps` all of a group, `*.*` everything. */
export function parseGroupResource(name: string): GroupResource {
  const dot = name.indexOf('.');
  return dot < 0 ? { group: '', resource: name } : { group: name.slice(dot + 1), resource: name.slice(0, dot) };
}

export function formatRule({ group, resource }: GroupResource): string {
  if (group === '' && resource === '*') return '*.';
  return group === '' ? resource : `${resource}.${group}`;
}

/** Rules that would be for a resource, the narrowest first; the first that exists is. */
export function rulesFor({ group, resource }: GroupResource): string[] {
  return [{ group, resource }, { group, resource: '*' }, { group: '*', resource: '*' }].map(formatRule);
}

/** What each rule has, from entries in their order. @throws Error when an entry could never be used, because an earlier one is for more. */
export function collectRules<T>(entries: readonly { resources: readonly string[]; values: readonly T[] }[]): Map<string, T[]> {
  const rules = new Map<string, T[]>();
  for (const { resources, values } of entries) {
    for (const name of resources) {
      const rule = parseGroupResource(name);
      const text = formatRule(rule);
      const mask = [{ group: rule.group, resource: '*' }, { group: '*', resource: '*' }].map(formatRule).find((wider) => rules.has(wider));
      if (mask !== undefined) throw new Error(`resource ${JSON.stringify(text)} is masked by earlier rule ${JSON.stringify(mask)}`);
      rules.set(text, [...(rules.get(text) ?? []), ...values]);
    }
  }
  return rules;
}
