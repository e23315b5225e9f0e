import type { IncomingMessage } from 'node:http';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { type Clock, errorMessage } from '@kubernode/base';
import { ANONYMOUS, bearerToken, type Client, DelegatedReviews, type ReviewedUser } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import { HttpFault } from './http-fault.ts';
import { requestAttributes } from './request-attributes.ts';
import type { RequestTarget } from './request-target.ts';

export interface AccessDeps { client: Pick<Client, 'create'>; clock: Clock; logger: Logger; nodeName: string; anonymous: boolean }

/** Who may use the node's server: a client certificate or a token names the user, and the API server says what the user may. */
export class DelegatedAccess {
  readonly #deps: AccessDeps;
  readonly #reviews: DelegatedReviews;

  constructor(deps: AccessDeps) {
    this.#deps = deps;
    this.#reviews = new DelegatedReviews(deps);
  }

  /** Rejects with HttpFault 401 or 403, or 500 when the API server does not answer. */
  async check(request: IncomingMessage, target: RequestTarget): Promise<void> {
    const user = await this.#authenticate(request);
    if (user === undefined) throw new HttpFault(401, 'Unauthorized');
    const { verb, subresources } = requestAttributes(target);
    for (const subresource of subresources) if (await this.#isAllowed(user, verb, subresource)) return;
    throw new HttpFault(403, `Forbidden (user=${user.username}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(' ')}])\n`);
  }

  async #authenticate(request: IncomingMessage): Promise<ReviewedUser | undefined> {
    const byCertificate = certificateUser(request.socket as TLSSocket, this.#deps.clock.now()); // the server is TLS only
    if (byCertificate !== undefined) return byCertificate;
    const token = bearerToken(request.headers.authorization);
    if (token === undefined) return this.#deps.anonymous ? ANONYMOUS : undefined;
    try { return await this.#reviews.authenticate(token); } catch (error) {
      this.#deps.logger.warn('a token could not be reviewed', { error: errorMessage(error) });
      return undefined;
    }
  }

  async #isAllowed(user: ReviewedUser, verb: string, subresource: string): Promise<boolean> {
    try { return await this.#reviews.isAllowed(user, { resourceAttributes: { verb, version: 'v1', resource: 'nodes', subresource, name: this.#deps.nodeName } }); } catch (error) {
      this.#deps.logger.warn('a permission could not be reviewed', { user: user.username, error: errorMessage(error) });
      throw new HttpFault(500, `Authorization error (user=${user.username}, verb=${verb}, resource=nodes, subresource=${subresource})`, { cause: error });
    }
  }
}

/** Who a client certificate of our authority names. Connections live long, so its time is looked at with each request. */
function certificateUser(socket: TLSSocket, nowMs: number): ReviewedUser | undefined {
  if (!socket.authorized) return undefined; // also true for a resumed session whose client never showed a certificate
  const { subject, valid_to: validTo = '' } = socket.getPeerCertificate() as Partial<PeerCertificate>; // an empty object without certificate
  if (subject?.CN === undefined || !(nowMs < Date.parse(validTo))) return undefined;
  const { CN, O } = subject;
  const groups = O === undefined ? [] : Array.isArray(O) ? O : [O];
  return { username: Array.isArray(CN) ? CN.join(',') : CN, groups: [...groups, 'system:authenticated'] };
}
