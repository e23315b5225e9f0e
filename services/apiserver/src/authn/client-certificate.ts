import type { ApiRequest, Authenticator, UserInfo } from '../pipeline/api-request.ts';
import { withAuthenticatedGroup } from './authenticated-group.ts';

/** A client certificate of the cluster's CA: its common name is the user, its organizations are the groups. */
export class ClientCertificateAuthenticator implements Authenticator {
  /** One user for each connection, so that what was found out about it (its rules) lasts as long as the connection. */
  readonly #users = new WeakMap<object, UserInfo>();

  cached({ peer: { certificate } }: Pick<ApiRequest, 'peer'>): UserInfo | undefined {
    if (certificate === undefined || certificate.commonName === '') return undefined;
    const known = this.#users.get(certificate);
    if (known !== undefined) return known;
    const { commonName, organizations, uid = '', sha256 } = certificate;
    const extra = sha256 === undefined ? {} : { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${sha256}`] };
    const user = withAuthenticatedGroup({ name: commonName, uid, groups: organizations, extra });
    this.#users.set(certificate, user);
    return user;
  }

  authenticate(request: Pick<ApiRequest, 'peer'>): Promise<UserInfo | undefined> {
    return Promise.resolve(this.cached(request));
  }
}
