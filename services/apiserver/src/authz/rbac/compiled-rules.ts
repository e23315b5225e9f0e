import type { AuthorizationAttributes } from '../../pipeline/api-request.ts';
import { type PolicyRule, urlMatches } from './rule-matches.ts';

/** One rule together with the text that says where it comes from, which becomes the reason of an allowed request. */
export interface GrantedRule { rule: PolicyRule; source: string }

/** What one verb, group and resource is granted: for any name, or for those listed. */
interface Grant { names: ReadonlySet<string> | undefined; source: string }

/** group → resource (`pods`, `pods/log`, `*\/log`, `*`) → grants, in the order of the rules. */
type VerbGrants = Map<string, Map<string, Grant[]>>;

/**
 * A subject's rules, arranged so that a request is answered by a handful of map lookups however many rules there are:
 *
 *     verb | '*'  →  group | '*'  →  resource[/sub] | '*\/sub' | '*'  →  grants
 */
export class CompiledRules {
  readonly #byVerb = new Map<string, VerbGrants>();
  readonly #urls: { verbs: ReadonlySet<string>; url: string; source: string }[] = [];

  constructor(granted: Iterable<GrantedRule>) {
    for (const { rule, source } of granted) this.#add(rule, source);
  }

  /** The source of a rule that allows the request; undefined when none does. */
  allows(attributes: AuthorizationAttributes): string | undefined {
    if (!attributes.isResourceRequest) return this.#allowsPath(attributes.verb, attributes.path);
    const { verb, subresource } = attributes;
    const resource = subresource === '' ? attributes.resource : `${attributes.resource}/${subresource}`;
    return search(this.#byVerb.get(verb), attributes, resource) ?? (verb === '*' ? undefined : search(this.#byVerb.get('*'), attributes, resource));
  }

  #allowsPath(verb: string, path: string): string | undefined {
    return this.#urls.find(({ verbs, url }) => (verbs.has(verb) || verbs.has('*')) && urlMatches(url, path))?.source;
  }

  #add(rule: PolicyRule, source: string): void {
    const verbs = new Set(rule.verbs);
    for (const url of rule.nonResourceURLs ?? []) this.#urls.push({ verbs, url, source });
    const grant: Grant = { names: rule.resourceNames?.length ? new Set(rule.resourceNames) : undefined, source };
    for (const verb of verbs) {
      const groups = getOrMake(this.#byVerb, verb, () => new Map() as VerbGrants); // an empty map of the wanted type
      for (const group of new Set(rule.apiGroups)) {
        const resources = getOrMake(groups, group, () => new Map<string, Grant[]>());
        for (const resource of new Set(rule.resources)) getOrMake(resources, resource, () => [] as Grant[]).push(grant); // an empty list of the wanted type
      }
    }
  }
}

function search(groups: VerbGrants | undefined, attributes: AuthorizationAttributes, resource: string): string | undefined {
  if (groups === undefined) return undefined;
  return searchGroup(groups.get(attributes.group), attributes, resource)
    ?? (attributes.group === '*' ? undefined : searchGroup(groups.get('*'), attributes, resource));
}

function searchGroup(resources: Map<string, Grant[]> | undefined, { subresource, name }: AuthorizationAttributes, resource: string): string | undefined {
  if (resources === undefined) return undefined;
  return forName(resources.get(resource), name) ?? forName(resources.get('*'), name)
    ?? (subresource === '' ? undefined : forName(resources.get(`*/${subresource}`), name));
}

function forName(grants: Grant[] | undefined, name: string): string | undefined {
  if (grants === undefined) return undefined;
  for (const { names, source } of grants) if (names === undefined || names.has(name)) return source;
  return undefined;
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, value = make());
  return value;
}
