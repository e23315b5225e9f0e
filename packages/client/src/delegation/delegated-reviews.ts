import { createHash } from 'node:crypto';
import { type authenticationV1, authenticationV1Resources, type authorizationV1, authorizationV1Resources } from '@kubernode/api';
import type { Clock } from '@kubernode/base';
import type { Client } from '../client.ts';
import { DecisionCache } from './decision-cache.ts';

/** Who asks, as the API server or a certificate says. */
export interface ReviewedUser { username: string; uid?: string | undefined; groups: readonly string[]; extra?: Readonly<Record<string, readonly string[]>> | undefined }

/** What is asked for, in the words of a SubjectAccessReview. */
export type ReviewedAccess = { resourceAttributes: authorizationV1.ResourceAttributes } | { nonResourceAttributes: authorizationV1.NonResourceAttributes };

/** Who says nothing of itself. */
export const ANONYMOUS: ReviewedUser = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

/** How long the API server's answers are good for; the kubelet's times. */
const TOKEN_MS = 120_000;
const UNKNOWN_TOKEN_MS = 30_000;
const ALLOWED_MS = 300_000;
const DENIED_MS = 30_000;

/** The API server's judgement of those who ask a process that has no users of its own. Answers are remembered for a while, failures are not. */
export class DelegatedReviews {
  readonly #client: Pick<Client, 'create'>;
  readonly #users: DecisionCache<ReviewedUser | undefined>;
  readonly #permissions: DecisionCache<boolean>;

  constructor({ client, clock }: { client: Pick<Client, 'create'>; clock: Clock }) {
    this.#client = client;
    this.#users = new DecisionCache(clock, (user) => (user === undefined ? UNKNOWN_TOKEN_MS : TOKEN_MS));
    this.#permissions = new DecisionCache(clock, (isAllowed) => (isAllowed ? ALLOWED_MS : DENIED_MS));
  }

  /** Whom a bearer token names; undefined for nobody. Rejects when the API server does not say. */
  authenticate(token: string): Promise<ReviewedUser | undefined> {
    const key = createHash('sha256').update(token).digest('base64'); // tokens themselves are not kept
    return this.#users.get(key, () => this.#reviewToken(token));
  }

  /** Whether the user may. Rejects when the API server does not say. */
  isAllowed(user: ReviewedUser, access: ReviewedAccess): Promise<boolean> {
    return this.#permissions.get(JSON.stringify([user, access]), () => this.#reviewAccess(user, access));
  }

  async #reviewToken(token: string): Promise<ReviewedUser | undefined> {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: {}, spec: { token } };
    const { status } = await this.#client.create<unknown, authenticationV1.TokenReview>(authenticationV1Resources.tokenreviews, review);
    if (status?.authenticated !== true || status.user === undefined) return undefined;
    const { username = '', uid, groups = [], extra } = status.user;
    return { username, uid, groups, extra };
  }

  async #reviewAccess({ username, uid, groups, extra }: ReviewedUser, access: ReviewedAccess): Promise<boolean> {
    const spec = { user: username, ...(uid !== undefined && { uid }), groups: [...groups], ...(extra !== undefined && { extra }), ...access };
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: {}, spec };
    const { status } = await this.#client.create<unknown, authorizationV1.SubjectAccessReview>(authorizationV1Resources.subjectaccessreviews, review);
    return status?.allowed === true;
  }
}

/** The token of an Authorization header; undefined where it holds none. */
export function bearerToken(authorization: string | undefined): string | undefined { return /^Bearer\s+(\S+)\s*$/i.exec(authorization ?? '')?.[1]; }
