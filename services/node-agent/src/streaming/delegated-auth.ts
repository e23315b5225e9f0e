import type { IncomingMessage } from 'node:http';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { type authenticationV1, authenticationV1Resources, type authorizationV1, authorizationV1Resources } from '@kubernode/api';
import type { Clock } from '@kubernode/base';
import type { Client } from '@kubernode/client';

export interface User { username: string; uid?: string | undefined; groups: readonly string[] }

export interface AccessDeps { client: Client; clock: Clock; nodeName: string; anonymous: boolean }
export type Access = { allowed: true } | { allowed: false; code: 401 | 403; message: string };

const CACHE_MS = 120_000;
const DENIED_CACHE_MS = 30_000;
const CACHE_MAX = 1000;

/** Who may use the node's server: a client certificate or a token names the user, and the API server says what the user may. */
export class DelegatedAccess {
  readonly #deps: AccessDeps;
  readonly #tokens = new ExpiringCache<User | undefined>();
  readonly #reviews = new ExpiringCache<boolean>();

  constructor(deps: AccessDeps) { this.#deps = deps; }

  async check(request: IncomingMessage): Promise<Access> {
    const user = await this.#authenticate(request);
    if (user === undefined) return { allowed: false, code: 401, message: 'Unauthorized' };
    const attributes = attributesOf(request);
    for (const subresource of attributes.subresources) if (await this.#authorize(user, attributes.verb, subresource)) return { allowed: true };
    const [subresource = ''] = attributes.subresources;
    return { allowed: false, code: 403, message: `Forbidden (user=${user.username}, verb=${attributes.verb}, resource=nodes, subresource(s)=[${subresource}])\n` };
  }

  async #authenticate(request: IncomingMessage): Promise<User | undefined> {
    const socket = request.socket as TLSSocket; // the server is TLS only
    // A resumed session counts as authorized also when its client never showed a certificate.
    const subject = socket.authorized ? (socket.getPeerCertificate() as Partial<PeerCertificate>).subject : undefined; // an empty object without certificate
    if (subject?.CN !== undefined) {
      const { CN, O } = subject;
      const groups = O === undefined ? [] : Array.isArray(O) ? O : [O];
      return { username: Array.isArray(CN) ? CN.join(',') : CN, groups: [...groups, 'system:authenticated'] };
    }
    const token = /^Bearer\s+(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token !== undefined) return this.#reviewToken(token);
    return this.#deps.anonymous ? { username: 'system:anonymous', groups: ['system:unauthenticated'] } : undefined;
  }

  async #reviewToken(token: string): Promise<User | undefined> {
    const nowMs = this.#deps.clock.monotonicNow();
    const known = this.#tokens.get(token, nowMs);
    if (known !== undefined) return known.value;
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: {}, spec: { token } };
    const { status } = await this.#deps.client.create<unknown, authenticationV1.TokenReview>(authenticationV1Resources.tokenreviews, review);
    const user = status?.authenticated === true ? { username: status.user?.username ?? '', uid: status.user?.uid, groups: status.user?.groups ?? [] } : undefined;
    this.#tokens.set(token, user, nowMs + (user === undefined ? DENIED_CACHE_MS : CACHE_MS));
    return user;
  }

  async #authorize({ username, uid, groups }: User, verb: string, subresource: string): Promise<boolean> {
    const nowMs = this.#deps.clock.monotonicNow();
    const key = JSON.stringify([username, uid, groups, verb, subresource]);
    const known = this.#reviews.get(key, nowMs);
    if (known !== undefined) return known.value;
    const spec = { user: username, ...(uid !== undefined && { uid }), groups: [...groups], resourceAttributes: { verb, version: 'v1', resource: 'nodes', subresource, name: this.#deps.nodeName } };
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: {}, spec };
    const { status } = await this.#deps.client.create<unknown, authorizationV1.SubjectAccessReview>(authorizationV1Resources.subjectaccessreviews, review);
    const allowed = status?.allowed === true;
    this.#reviews.set(key, allowed, nowMs + (allowed ? CACHE_MS : DENIED_CACHE_MS));
    return allowed;
  }
}

const VERBS: Readonly<Record<string, string>> = { POST: 'create', GET: 'get', HEAD: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/** A request in the words of authorization: each subresource that would allow it, the narrow one first. */
function attributesOf({ method = 'GET', url = '/' }: IncomingMessage): { verb: string; subresources: readonly string[] } {
  const verb = VERBS[method] ?? '';
  const [path = ''] = url.split('?');
  const under = (prefix: string): boolean => path === prefix || path.startsWith(`${prefix}/`);
  if (under('/stats')) return { verb, subresources: ['stats'] };
  if (under('/metrics')) return { verb, subresources: ['metrics'] };
  if (under('/logs')) return { verb, subresources: ['log'] };
  if (under('/pods') || under('/runningpods')) return { verb, subresources: ['pods', 'proxy'] };
  if (under('/healthz')) return { verb, subresources: ['healthz', 'proxy'] };
  if (under('/configz')) return { verb, subresources: ['configz', 'proxy'] };
  return { verb, subresources: ['proxy'] };
}

class ExpiringCache<T> {
  readonly #entries = new Map<string, { value: T; untilMs: number }>();

  get(key: string, nowMs: number): { value: T } | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && nowMs < entry.untilMs ? entry : undefined;
  }

  set(key: string, value: T, untilMs: number): void {
    if (this.#entries.size >= CACHE_MAX) this.#entries.delete(this.#entries.keys().next().value ?? ''); // the oldest goes
    this.#entries.set(key, { value, untilMs });
  }
}
