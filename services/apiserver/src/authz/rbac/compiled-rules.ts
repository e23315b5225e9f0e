import type { AuthorizationAttributes } from '../../pipeline/api-request.ts';
import { type PolicyRule, urlMatches } from './rule-matches.ts';

/** Names that a grant is for; undefined stands for any. */
type Grant = ReadonlySet<string> | undefined;

/** group → resource (`pods`, `pods/log`, `*\/log`, `*`) → grants. */
type VerbGrants = Map<string, Map<string, Grant[]>>;

/**
 * A role's rules, arranged so that a request is answered by a handful of map lookups however many rules there are:
 *
 *     verb | '*'  →  group | '*'  →  resource[/sub] | '*\/sub' | '*'  →  grants
 */
export class CompiledRules {
  readonly #byVerb = new Map<string, VerbGrants>();
  readonly #urls: { verbs: ReadonlySet<string>; url: string }[] = [];

  constructor(rules: readonly PolicyRule[]) {
    for (const rule of rules) this.#add(rule);
  }

  /** Whether one of the rules allows the request. */
  allows(attributes: AuthorizationAttributes): boolean {
    if (!attributes.isResourceRequest) return this.#allowsPath(attributes.verb, attributes.path);
    const { verb, subresource } = attributes;
    const resource = subresource === '' ? attributes.resource : `${attributes.resource}/${subresource}`;
    return search(this.#byVerb.get(verb), attributes, resource) || (verb !== '*' && search(this.#byVerb.get('*'), attributes, resource));
  }

  #allowsPath(verb: string, path: string): boolean {
    return this.#urls.some(({ verbs, url }) => (verbs.has(verb) || verbs.has('*')) && urlMatches(url, path));
  }

  #add(rule: PolicyRule): void {
    const verbs = new Set(rule.verbs);
    for (const url of rule.nonResourceURLs ?? []) this.#urls.push({ verbs, url });
    const grant: Grant = rule.resourceNames?.length ? new Set(rule.resourceNames) : undefined;
    for (const verb of verbs) {
      const groups = getOrMake(this.#byVerb, verb, () => new Map() as VerbGrants); // an empty map of the wanted type
      for (const group of new Set(rule.apiGroups)) {
        const resources = getOrMake(groups, group, () => new Map<string, Grant[]>());
        for (const resource of new Set(rule.resources)) getOrMake(resources, resource, () => [] as Grant[]).push(grant); // an empty list of the wanted type
      }
    }
  }
}

function search(groups: VerbGrants | undefined, attributes: AuthorizationAttributes, resource: string): boolean {
  if (groups === undefined) return false;
  return searchGroup(groups.get(attributes.group), attributes, resource) || (attributes.group !== '*' && searchGroup(groups.get('*'), attributes, resource));
}

function searchGroup(resources: Map<string, Grant[]> | undefined, { subresource, name }: AuthorizationAttributes, resource: string): boolean {
  if (resources === undefined) return false;
  return forName(resources.get(resource), name) || forName(resources.get('*'), name) || (subresource !== '' && forName(resources.get(`*/${subresource}`), name));
}

function forName(grants: Grant[] | undefined, name: string): boolean {
  if (grants === undefined) return false;
  for (const names of grants) if (names === undefined || names.has(name)) return true;
  return false;
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, value = make());
  return value;
}
