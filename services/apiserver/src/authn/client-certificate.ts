import { unauthorized } from '@kubernode/apimachinery';
import type { Clock } from '@kubernode/base';
import type { ApiRequest, Authenticator, Known, UserInfo } from '../pipeline/api-request.ts';
import { withAuthenticatedGroup } from './authenticated-group.ts';

type Certificate = NonNullable<ApiRequest['peer']['certificate']>;

/**
 * A client certificate of the cluster's CA: its common name is the user, its organizations are the groups. One that the CA does not vouch
 * for, or that has expired since the connection was made, is a wrong credential: 401.
 */
export class ClientCertificateAuthenticator implements Authenticator {
  readonly #clock: Pick<Clock, 'now'>;
  /** One user for each connection, so that what was found out about it (its rules) lasts as long as the connection. */
  readonly #users = new WeakMap<object, UserInfo>();

  constructor(clock: Pick<Clock, 'now'>) { this.#clock = clock; }

  known({ peer: { certificate, refusedCertificate } }: Pick<ApiRequest, 'peer'>): Known {
    if (certificate === undefined) return refusedCertificate === true ? 'ask' : 'nobody';
    return certificate.commonName === '' || this.#hasExpired(certificate) ? 'ask' : this.#userOf(certificate);
  }

  async authenticate({ peer: { certificate, refusedCertificate } }: Pick<ApiRequest, 'peer'>): Promise<UserInfo | undefined> {
    if (certificate === undefined) {
      if (refusedCertificate === true) throw unauthorized();
      return undefined;
    }
    if (this.#hasExpired(certificate)) throw unauthorized();
    return certificate.commonName === '' ? undefined : this.#userOf(certificate);
  }

  #hasExpired({ expiresAtMs }: Certificate): boolean { return expiresAtMs !== undefined && this.#clock.now() > expiresAtMs; }

  #userOf(certificate: Certificate): UserInfo {
    const known = this.#users.get(certificate);
    if (known !== undefined) return known;
    const { commonName, organizations, uid = '', sha256 } = certificate;
    const extra = sha256 === undefined ? {} : { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${sha256}`] };
    const user = withAuthenticatedGroup({ name: commonName, uid, groups: organizations, extra });
    this.#users.set(certificate, user);
    return user;
  }
}
