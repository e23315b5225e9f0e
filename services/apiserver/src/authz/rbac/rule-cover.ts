import { goQuote } from '@kubernode/apimachinery';
import { type PolicyRule, withoutTrailingStars } from './rule-matches.ts';

/** What of `wanted` the rules `held` do not give, as rules of one verb, resource and name each. Empty when all is covered. */
export function uncoveredRules(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(breakDown).filter((atom) => !held.some((rule) => coversAtom(rule, atom)));
}

/** Joins rules of one group, resource and name into one with all their verbs; others stay as they are. */
export function compactRules(rules: readonly PolicyRule[]): PolicyRule[] {
  const compacted: PolicyRule[] = [];
  const simple = new Map<string, { rule: PolicyRule; verbs: string[] }>();
  for (const rule of rules) {
    if (!isSimple(rule)) { compacted.push(rule); continue; }
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames ?? []]);
    const known = simple.get(key);
    if (known === undefined) simple.set(key, { rule, verbs: [...rule.verbs] });
    else known.verbs.push(...rule.verbs);
  }
  for (const { rule, verbs } of simple.values()) compacted.push({ ...rule, verbs });
  return compacted;
}

/** `{APIGroups:["apps"], Resources:["deployments"], Verbs:["get" "list"]}`, as messages print a rule. */
export function describeRule({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: PolicyRule): string {
  const parts: [string, readonly string[] | undefined][] = [
    ['APIGroups', apiGroups], ['Resources', resources], ['NonResourceURLs', nonResourceURLs], ['ResourceNames', resourceNames], ['Verbs', verbs],
  ];
  return `{${parts.flatMap(([name, values]) => (values?.length ? [`${name}:${quoteList(values)}`] : [])).join(', ')}}`;
}

/** A list of strings as Go prints it with %q: `["a" "b"]`. */
export function quoteList(values: readonly string[]): string {
  return `[${values.map((value) => goQuote(value)).join(' ')}]`;
}

/** Rules may come straight from a client, so nothing in them is sure to be there. */
function breakDown(rule: PolicyRule): PolicyRule[] {
  const [apiGroups, resources, resourceNames, nonResourceURLs, verbs] = [rule.apiGroups, rule.resources, rule.resourceNames, rule.nonResourceURLs, rule.verbs].map((values) => values ?? []) as [string[], string[], string[], string[], string[]]; // five lists in, five out
  const atoms: PolicyRule[] = [];
  for (const group of apiGroups) {
    for (const resource of resources) {
      for (const verb of verbs) {
        const atom = { apiGroups: [group], resources: [resource], verbs: [verb] };
        if (resourceNames.length === 0) atoms.push(atom);
        else for (const name of resourceNames) atoms.push({ ...atom, resourceNames: [name] });
      }
    }
  }
  for (const url of nonResourceURLs) for (const verb of verbs) atoms.push({ nonResourceURLs: [url], verbs: [verb] });
  return atoms;
}

/** Whether one rule covers a broken-down one. */
function coversAtom(rule: PolicyRule, atom: PolicyRule): boolean {
  if (!coversValues(rule.verbs, atom.verbs)) return false;
  if (atom.nonResourceURLs !== undefined) return atom.nonResourceURLs.every((url) => rule.nonResourceURLs?.some((owned) => coversUrl(owned, url)) === true);
  if (!coversValues(rule.apiGroups, atom.apiGroups ?? [])) return false;
  if (rule.resources === undefined || !(atom.resources ?? []).every((resource) => coversResource(rule.resources ?? [], resource))) return false;
  const names = rule.resourceNames ?? [];
  return names.length === 0 || (atom.resourceNames !== undefined && atom.resourceNames.every((name) => names.includes(name)));
}

function coversValues(held: readonly string[] | undefined, wanted: readonly string[]): boolean {
  return held !== undefined && (held.includes('*') || wanted.every((value) => held.includes(value)));
}

function coversResource(held: readonly string[], resource: string): boolean {
  if (held.includes('*') || held.includes(resource)) return true;
  const slash = resource.indexOf('/');
  return slash >= 0 && held.includes(`*${resource.slice(slash)}`);
}

function coversUrl(held: string, wanted: string): boolean {
  return held === wanted || (held.endsWith('*') && wanted.startsWith(withoutTrailingStars(held)));
}

function isSimple({ apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: PolicyRule): boolean {
  return apiGroups.length === 1 && resources.length === 1 && resourceNames.length <= 1 && nonResourceURLs.length === 0;
}
