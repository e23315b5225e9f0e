import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { type authenticationV1, authenticationV1Resources, type authorizationV1, authorizationV1Resources } from '@kubernode/api';
import { type Clock, errorMessage } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import { DecisionCache } from './decision-cache.ts';
import { HttpFault } from './http-fault.ts';
import { requestAttributes } from './request-attributes.ts';
import type { RequestTarget } from './request-target.ts';

export interface User { username: string; uid?: string | undefined; groups: readonly string[]; extra?: Readonly<Record<string, readonly string[]>> | undefined }

export interface AccessDeps { client: Pick<Client, 'create'>; clock: Clock; logger: Logger; nodeName: string; anonymous: boolean }

/** How long the API server's answers are good for; the kubelet's times. */
const TOKEN_MS = 120_000;
const UNKNOWN_TOKEN_MS = 30_000;
const ALLOWED_MS = 300_000;
const DENIED_MS = 30_000;

const ANONYMOUS: User = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

/** Who may use the node's server: a client certificate or a token names the user, and the API server says what the user may. */
export class DelegatedAccess {
  readonly #deps: AccessDeps;
  readonly #users: DecisionCache<User | undefined>;
  readonly #permissions: DecisionCache<boolean>;

  constructor(deps: AccessDeps) {
    this.#deps = deps;
    this.#users = new DecisionCache(deps.clock, (user) => (user === undefined ? UNKNOWN_TOKEN_MS : TOKEN_MS));
    this.#permissions = new DecisionCache(deps.clock, (isAllowed) => (isAllowed ? ALLOWED_MS : DENIED_MS));
  }

  /** Rejects with HttpFault 401 or 403, or 500 when the API server does not answer. */
  async check(request: IncomingMessage, target: RequestTarget): Promise<void> {
    const user = await this.#authenticate(request);
    if (user === undefined) throw new HttpFault(401, 'Unauthorized');
    const { verb, subresources } = requestAttributes(target);
    for (const subresource of subresources) if (await this.#isAllowed(user, verb, subresource)) return;
    throw new HttpFault(403, `Forbidden (user=${user.username}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(' ')}])\n`);
  }

  async #authenticate(request: IncomingMessage): Promise<User | undefined> {
    const byCertificate = certificateUser(request.socket as TLSSocket, this.#deps.clock.now()); // the server is TLS only
    if (byCertificate !== undefined) return byCertificate;
    const token = /^Bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) return this.#deps.anonymous ? ANONYMOUS : undefined;
    const key = createHash('sha256').update(token).digest('base64'); // tokens themselves are not kept
    try { return await this.#users.get(key, () => this.#reviewToken(token)); } catch (error) {
      this.#deps.logger.warn('a token could not be reviewed', { error: errorMessage(error) });
      return undefined;
    }
  }

  async #reviewToken(token: string): Promise<User | undefined> {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: {}, spec: { token } };
    const { status } = await this.#deps.client.create<unknown, authenticationV1.TokenReview>(authenticationV1Resources.tokenreviews, review);
    if (status?.authenticated !== true || status.user === undefined) return undefined;
    const { username = '', uid, groups = [], extra } = status.user;
    return { username, uid, groups, extra };
  }

  async #isAllowed(user: User, verb: string, subresource: string): Promise<boolean> {
    try { return await this.#permissions.get(JSON.stringify([user, verb, subresource]), () => this.#reviewAccess(user, verb, subresource)); } catch (error) {
      this.#deps.logger.warn('a permission could not be reviewed', { user: user.username, error: errorMessage(error) });
      throw new HttpFault(500, `Authorization error (user=${user.username}, verb=${verb}, resource=nodes, subresource=${subresource})`, { cause: error });
    }
  }

  async #reviewAccess({ username, uid, groups, extra }: User, verb: string, subresource: string): Promise<boolean> {
    const resourceAttributes = { verb, version: 'v1', resource: 'nodes', subresource, name: this.#deps.nodeName };
    const spec = { user: username, ...(uid !== undefined && { uid }), groups: [...groups], ...(extra !== undefined && { extra }), resourceAttributes };
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: {}, spec };
    const { status } = await this.#deps.client.create<unknown, authorizationV1.SubjectAccessReview>(authorizationV1Resources.subjectaccessreviews, review);
    return status?.allowed === true;
  }
}

/** Who a client certificate of our authority names. Connections live long, so its time is looked at with each request. */
function certificateUser(socket: TLSSocket, nowMs: number): User | undefined {
  if (!socket.authorized) return undefined; // also true for a resumed session whose client never showed a certificate
  const { subject, valid_to: validTo = '' } = socket.getPeerCertificate() as Partial<PeerCertificate>; // an empty object without certificate
  if (subject?.CN === undefined || !(nowMs < Date.parse(validTo))) return undefined;
  const { CN, O } = subject;
  const groups = O === undefined ? [] : Array.isArray(O) ? O : [O];
  return { username: Array.isArray(CN) ? CN.join(',') : CN, groups: [...groups, 'system:authenticated'] };
}
