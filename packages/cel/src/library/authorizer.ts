import { LIST_COST, readingCost, sizeForCost, STRUCT_COST } from '../cost/units.ts';
import { structType, type CelType } from '../types/cel-type.ts';
import { CelError, Opaque, type Result, type Value } from '../values/value.ts';
import { bool, member, string, type Arg, type FunctionEntry } from './define.ts';

/** What an expression asks of the cluster's authorization. `serviceAccount` replaces the user of the request. */
export type AccessQuestion = { verb: string; serviceAccount?: { namespace: string; name: string } } & (
  | { path: string }
  | { group: string; resource: string; subresource: string; namespace: string; name: string; fieldSelector: string; labelSelector: string }
);

export interface AccessDecision {
  allowed: boolean;
  reason: string;
  error?: string;
}

/**
 * Answers questions while an expression runs. An answer that has to be waited for is asked for by throwing: the host waits and evaluates again,
 * which is safe because expressions have no effects.
 */
export type DecideAccess = (question: AccessQuestion) => AccessDecision;

/** Two checks an expression are affordable, no more. */
const CHECK_COST = 350_000;

export const authorizerType: CelType = structType('kubernetes.authorization.Authorizer');
export const resourceCheckType: CelType = structType('kubernetes.authorization.ResourceCheck');
const pathCheckType: CelType = structType('kubernetes.authorization.PathCheck');
const groupCheckType: CelType = structType('kubernetes.authorization.GroupCheck');
const decisionType: CelType = structType('kubernetes.authorization.Decision');

/** The variable `authorizer`. */
export class Authorizer extends Opaque {
  readonly type: CelType = authorizerType;
  readonly decide: DecideAccess;
  readonly serviceAccount: { namespace: string; name: string } | undefined;

  constructor(decide: DecideAccess, serviceAccount?: { namespace: string; name: string }) {
    super();
    this.decide = decide;
    this.serviceAccount = serviceAccount;
  }

  equals(other: Opaque): boolean {
    return this === other;
  }

  ask(question: AccessQuestion): Decision {
    return new Decision(this.decide(this.serviceAccount === undefined ? question : { ...question, serviceAccount: this.serviceAccount }));
  }
}

class PathCheck extends Opaque {
  readonly type: CelType = pathCheckType;
  readonly authorizer: Authorizer;
  readonly path: string;

  constructor(authorizer: Authorizer, path: string) {
    super();
    this.authorizer = authorizer;
    this.path = path;
  }

  equals(other: Opaque): boolean {
    return this === other;
  }
}

class GroupCheck extends Opaque {
  readonly type: CelType = groupCheckType;
  readonly authorizer: Authorizer;
  readonly group: string;

  constructor(authorizer: Authorizer, group: string) {
    super();
    this.authorizer = authorizer;
    this.group = group;
  }

  equals(other: Opaque): boolean {
    return this === other;
  }
}

export interface ResourceFacts { group: string; resource: string; subresource?: string; namespace?: string; name?: string; fieldSelector?: string; labelSelector?: string }

/** A question about a resource that still lacks its verb; also the variable `authorizer.requestResource`. */
export class ResourceCheck extends Opaque {
  readonly type: CelType = resourceCheckType;
  readonly authorizer: Authorizer;
  readonly facts: ResourceFacts;

  constructor(authorizer: Authorizer, facts: ResourceFacts) {
    super();
    this.authorizer = authorizer;
    this.facts = facts;
  }

  equals(other: Opaque): boolean {
    return this === other;
  }

  with(facts: Partial<ResourceFacts>): ResourceCheck {
    return new ResourceCheck(this.authorizer, { ...this.facts, ...facts });
  }
}

class Decision extends Opaque {
  readonly type: CelType = decisionType;
  readonly decision: AccessDecision;

  constructor(decision: AccessDecision) {
    super();
    this.decision = decision;
  }

  equals(other: Opaque): boolean {
    return this === other;
  }
}

const authorizer: Arg<Authorizer> = authorizerType;
const pathCheck: Arg<PathCheck> = pathCheckType;
const groupCheck: Arg<GroupCheck> = groupCheckType;
const resourceCheck: Arg<ResourceCheck> = resourceCheckType;
const decision: Arg<Decision> = decisionType;

/** Whether somebody may do something, asked from inside an expression. */
export const authorization: readonly FunctionEntry[] = [
  ['path', [member('authorizer_path', [authorizer, string], pathCheckType, (of, path) => (path.trim() === '' ? new CelError('path must not be empty') : new PathCheck(of, path)))]],
  ['group', [member('authorizer_group', [authorizer, string], groupCheckType, (of, group) => new GroupCheck(of, group))]],
  ['serviceAccount', [member('authorizer_serviceaccount', [authorizer, string, string], authorizerType, serviceAccount)]],
  ['resource', [member('groupcheck_resource', [groupCheck, string], resourceCheckType, (of, resource) => (
    resource.trim() === '' ? new CelError('resource must not be empty') : new ResourceCheck(of.authorizer, { group: of.group, resource })))]],
  ['subresource', [member('resourcecheck_subresource', [resourceCheck, string], resourceCheckType, (of, subresource) => of.with({ subresource }))]],
  ['namespace', [member('resourcecheck_namespace', [resourceCheck, string], resourceCheckType, (of, namespace) => of.with({ namespace }))]],
  ['name', [member('resourcecheck_name', [resourceCheck, string], resourceCheckType, (of, name) => of.with({ name }))]],
  ['fieldSelector', [member('authorizer_fieldselector', [resourceCheck, string], resourceCheckType, (of, fieldSelector) => of.with({ fieldSelector }), selectorCost)]],
  ['labelSelector', [member('authorizer_labelselector', [resourceCheck, string], resourceCheckType, (of, labelSelector) => of.with({ labelSelector }), selectorCost)]],
  ['check', [
    member('pathcheck_check', [pathCheck, string], decisionType, (of, verb) => of.authorizer.ask({ verb, path: of.path }), () => CHECK_COST),
    member('resourcecheck_check', [resourceCheck, string], decisionType, (of, verb) => of.authorizer.ask({
      verb, subresource: '', namespace: '', name: '', fieldSelector: '', labelSelector: '', ...of.facts,
    }), () => CHECK_COST),
  ]],
  ['errored', [member('decision_errored', [decision], bool, (of) => of.decision.error !== undefined)]],
  ['error', [member('decision_error', [decision], string, (of) => of.decision.error ?? '')]],
  ['allowed', [member('decision_allowed', [decision], bool, (of) => of.decision.allowed)]],
  ['reason', [member('decision_reason', [decision], string, (of) => of.decision.reason)]],
];

function serviceAccount(of: Authorizer, namespace: string, name: string): Result {
  if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) || name.length > 253) return new CelError('Invalid service account name');
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(namespace) || namespace.length > 63) return new CelError('Invalid service account namespace');
  return new Authorizer(of.decide, { namespace, name });
}

/** Parsing a selector makes at most one requirement, a list and a struct, of two characters. */
function selectorCost([, selector = null]: readonly Value[]): number {
  return LIST_COST + readingCost(selector) + Math.ceil(Math.ceil(sizeForCost(selector) * 0.5) * (LIST_COST + STRUCT_COST));
}
