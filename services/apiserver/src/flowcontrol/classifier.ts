import type { flowcontrolV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { RequestInfo, UserInfo } from '../pipeline/api-request.ts';

export type FlowSchema = flowcontrolV1.FlowSchema & KubeObject;

/** A flow schema as it is asked: what of it depends on the user was decided before. */
interface CompiledSchema<S> {
  schema: S;
  rules: readonly CompiledRule[];
}

interface CompiledRule { subjects: readonly flowcontrolV1.Subject[]; resources: readonly ResourceMatcher[]; paths: readonly PathMatcher[] }
type ResourceMatcher = (info: RequestInfo) => boolean;
type PathMatcher = (info: RequestInfo) => boolean;

/** One schema of those whose subjects a user is among, with only the rules that name them. */
interface UserSchema<S> { schema: S; resources: readonly ResourceMatcher[]; paths: readonly PathMatcher[] }

/** Users whose schemas are remembered; beyond it all are forgotten. */
const USERS_MAX = 5_000;
const ALL = '*';

/** Finds the flow schema of a request: the first by matching precedence one of whose rules names the user and what is asked. */
export class Classifier<S> {
  readonly #schemas: readonly CompiledSchema<S>[];
  /** By name; the same name with other groups takes the place. */
  readonly #byUser = new Map<string, { groups: readonly string[]; schemas: readonly UserSchema<S>[] }>();

  /** `schemas` in the order in which they are tried; see `byPrecedence`. */
  constructor(schemas: Iterable<{ schema: S; spec: Readonly<flowcontrolV1.FlowSchemaSpec> | undefined }>) {
    this.#schemas = [...schemas].map(({ schema, spec }) => ({ schema, rules: (spec?.rules ?? []).map(compileRule) }));
  }

  /** Undefined when no schema matches: the caller has one for everything else. */
  classify(user: UserInfo, info: RequestInfo): S | undefined {
    for (const { schema, resources, paths } of this.#schemasOf(user)) {
      for (const matches of info.isResourceRequest ? resources : paths) if (matches(info)) return schema;
    }
    return undefined;
  }

  #schemasOf(user: UserInfo): readonly UserSchema<S>[] {
    const known = this.#byUser.get(user.name);
    if (known !== undefined && sameTexts(known.groups, user.groups)) return known.schemas;
    if (this.#byUser.size >= USERS_MAX) this.#byUser.clear();
    const schemas = this.#find(user);
    this.#byUser.set(user.name, { groups: user.groups, schemas });
    return schemas;
  }

  #find(user: UserInfo): readonly UserSchema<S>[] {
    return this.#schemas.flatMap(({ schema, rules }) => {
      const own = rules.filter(({ subjects }) => subjects.some((subject) => subjectMatches(subject, user)));
      return own.length === 0 ? [] : [{ schema, resources: own.flatMap(({ resources }) => resources), paths: own.flatMap(({ paths }) => paths) }];
    });
  }
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((text, index) => text === b[index]));
}

/** Lower precedence first, then by name. */
export function byPrecedence(a: Readonly<FlowSchema>, b: Readonly<FlowSchema>): number {
  const difference = (a.spec?.matchingPrecedence ?? 0) - (b.spec?.matchingPrecedence ?? 0);
  return difference !== 0 ? difference : a.metadata.name < b.metadata.name ? -1 : 1;
}

function subjectMatches({ kind, user: named, group, serviceAccount }: Readonly<flowcontrolV1.Subject>, { name, groups }: UserInfo): boolean {
  switch (kind) {
    case 'User': return named !== undefined && (named.name === ALL || named.name === name);
    case 'Group': return group !== undefined && (group.name === ALL || groups.includes(group.name));
    case 'ServiceAccount': {
      if (serviceAccount === undefined) return false;
      const prefix = `system:serviceaccount:${serviceAccount.namespace}:`;
      return serviceAccount.name === ALL ? name.startsWith(prefix) : name === `${prefix}${serviceAccount.name}`;
    }
    default: return false; // not a kind that validation lets through
  }
}

function compileRule({ subjects, resourceRules, nonResourceRules }: Readonly<flowcontrolV1.PolicyRulesWithSubjects>): CompiledRule {
  return { subjects: subjects ?? [], resources: (resourceRules ?? []).map(resourceMatcher), paths: (nonResourceRules ?? []).map(pathMatcher) }; // empty lists of required fields are null
}

function resourceMatcher({ verbs, resources, apiGroups, namespaces, clusterScope }: Readonly<flowcontrolV1.ResourcePolicyRule>): ResourceMatcher {
  const [hasVerb, hasResource, hasGroup, hasNamespace] = [oneOf(verbs), oneOf(resources), oneOf(apiGroups), oneOf(namespaces)];
  return ({ verb, resource, subresource, group, namespace }) => hasVerb(verb)
    && hasResource(subresource === '' ? resource : `${resource}/${subresource}`)
    && hasGroup(group)
    && (namespace === '' ? clusterScope === true : hasNamespace(namespace));
}

function pathMatcher({ verbs, nonResourceURLs }: Readonly<flowcontrolV1.NonResourcePolicyRule>): PathMatcher {
  const hasVerb = oneOf(verbs);
  const urls = nonResourceURLs ?? [];
  const prefixes = urls.map((url) => url.replace(/\*$/, '')).map((prefix) => (prefix.endsWith('/') ? prefix : `${prefix}/`));
  return ({ verb, path }) => hasVerb(verb) && (urls.includes(ALL) || urls.includes(path) || prefixes.some((prefix) => path.startsWith(prefix)));
}

/** The wildcard counts only alone, as validation demands. */
function oneOf(list: readonly string[] | undefined): (text: string) => boolean {
  if (list?.length === 1 && list[0] === ALL) return () => true;
  const known = new Set(list);
  return (text) => known.has(text);
}
