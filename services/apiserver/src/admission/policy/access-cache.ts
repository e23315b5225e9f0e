import type { AccessDecision, AccessQuestion, DecideAccess } from '@kubernode/cel';
import type { AuthorizationAttributes, Authorizer, Decision, UserInfo } from '../../pipeline/api-request.ts';

/** Thrown through an evaluation that asks what only others know. */
export class AccessPending extends Error {
  readonly answered: Promise<void>;

  constructor(answered: Promise<void>) {
    super('the answer of an authorizer is awaited');
    this.answered = answered;
  }
}

/** What expressions ask of the authorizer about one request; each question is asked once. */
export class AccessCache {
  readonly #authorizer: Authorizer;
  readonly #user: UserInfo;
  readonly #known = new Map<string, AccessDecision>();

  constructor(authorizer: Authorizer, user: UserInfo) {
    this.#authorizer = authorizer;
    this.#user = user;
  }

  /** @throws AccessPending */
  readonly decide: DecideAccess = (question) => {
    const key = JSON.stringify(question);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const decision = this.#authorizer.authorize(attributesOf(question, this.#user));
    if (decision instanceof Promise) throw new AccessPending(decision.then((answer) => { this.#known.set(key, asAccess(answer)); }));
    const access = asAccess(decision);
    this.#known.set(key, access);
    return access;
  };
}

/** Evaluates until all it asks is known. Every round learns an answer, and budgets limit how many there can be. */
export function whenAccessKnown<T>(evaluate: () => T): T | Promise<T> {
  try { return evaluate(); } catch (error) {
    if (!(error instanceof AccessPending)) throw error;
    return error.answered.then(() => whenAccessKnown(evaluate));
  }
}

function asAccess({ verdict, reason, error }: Decision): AccessDecision {
  return { allowed: verdict === 'allow', reason, ...(error !== undefined && { error }) };
}

function attributesOf(question: AccessQuestion, user: UserInfo): AuthorizationAttributes {
  const who = question.serviceAccount === undefined ? user : serviceAccountUser(question.serviceAccount);
  const { verb } = question;
  if ('path' in question) return { user: who, verb, path: question.path, isResourceRequest: false, group: '', version: '', resource: '', subresource: '', namespace: '', name: '' };
  const { group, resource, subresource, namespace, name, fieldSelector, labelSelector } = question;
  return { user: who, verb, group, version: '*', resource, subresource, namespace, name, path: '', isResourceRequest: true, ...(fieldSelector !== '' && { fieldSelector }), ...(labelSelector !== '' && { labelSelector }) };
}

function serviceAccountUser({ namespace, name }: { namespace: string; name: string }): UserInfo {
  return { name: `system:serviceaccount:${namespace}:${name}`, uid: '', groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`], extra: {} };
}
