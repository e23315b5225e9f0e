import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { CompactSign, exportJWK } from 'jose';
import { systemClock } from '@kubernode/base';
import { Fixtures, type AuthServer, type EtcdProcess, type JsonServer, startAuthServer, startEtcd, startJsonServer, testFolder, type TestFolder } from './auth-server.ts';

/** An OpenID issuer whose keys can be changed. */
class Issuer {
  readonly server: JsonServer;
  readonly keys = new Map<string, KeyObject>();
  readonly #publicKeys: object[];

  private constructor(server: JsonServer, publicKeys: object[]) { this.server = server; this.#publicKeys = publicKeys; }

  static async start(folder: TestFolder): Promise<Issuer> {
    const publicKeys: object[] = [];
    const url = { text: '' };
    const server = await startJsonServer(await folder.certificate('issuer'), (path) => (path === '/keys' ? { body: { keys: publicKeys } } : { body: { issuer: url.text, jwks_uri: `${url.text}/keys` } }));
    url.text = server.url;
    return new Issuer(server, publicKeys);
  }

  async addKey(id: string): Promise<void> {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.keys.set(id, privateKey);
    this.#publicKeys.push({ ...await exportJWK(publicKey), kid: id, use: 'sig', alg: 'RS256' });
  }

  token(claims: object, kid = 'first'): Promise<string> {
    const now = Math.floor(systemClock.now() / 1000);
    const key = this.keys.get(kid);
    if (key === undefined) throw new Error(`no key ${kid}`);
    return new CompactSign(Buffer.from(JSON.stringify({ iss: this.server.url, aud: 'kubernetes', exp: now + 600, ...claims }))).setProtectedHeader({ alg: 'RS256', kid }).sign(key);
  }
}

describe('OpenID tokens', () => {
  let folder: TestFolder;
  let etcd: EtcdProcess;
  let issuer: Issuer;
  const fixtures = new Fixtures();
  beforeAll(async () => {
    folder = await fixtures.use(testFolder());
    etcd = await fixtures.use(startEtcd());
    issuer = await Issuer.start(folder);
    await fixtures.use(issuer.server);
    await issuer.addKey('first');
  }, 60_000);
  afterAll(() => fixtures[Symbol.asyncDispose]());

  const whoAmI = async (server: AuthServer, token: string): Promise<unknown> => {
    const { status, body } = await server.request({ method: 'POST', path: '/apis/authentication.k8s.io/v1/selfsubjectreviews', token, body: {} });
    return status === 201 ? (body.status as { userInfo: unknown }).userInfo : status;
  };
  const reviewError = async (server: AuthServer, token: string): Promise<unknown> => {
    const { body } = await server.request({ method: 'POST', path: '/apis/authentication.k8s.io/v1/tokenreviews', token: 'admin-token', body: { spec: { token } } });
    return (body.status as { error?: string }).error;
  };

  it('by flags name users and groups, and are refused for what is wrong with them', async () => {
    await using server = await startAuthServer(etcd, folder, [
      '--authorization-mode=RBAC', `--oidc-issuer-url=${issuer.server.url}`, '--oidc-client-id=kubernetes', `--oidc-ca-file=${folder.file('ca.crt', folder.authority.certificate)}`,
      '--oidc-username-claim=email', '--oidc-groups-claim=groups', '--oidc-groups-prefix=oidc:', '--oidc-required-claim=tenant=one',
    ]);
    const good = { sub: 's', email: 'eve@example.com', groups: ['dev'], tenant: 'one', jti: 'id-1' };
    expect(await whoAmI(server, await issuer.token(good))).toEqual({ username: 'eve@example.com', groups: ['oidc:dev', 'system:authenticated'], extra: { 'authentication.kubernetes.io/credential-id': ['JTI=id-1'] } });
    expect(await whoAmI(server, await issuer.token({ ...good, tenant: 'two' }))).toBe(401);
    expect(await reviewError(server, await issuer.token({ ...good, tenant: 'two' }))).toBe('[invalid bearer token, oidc: required claim tenant value does not match. Got = two, want = one]');
    expect(await reviewError(server, await issuer.token({ ...good, email_verified: false }))).toBe('[invalid bearer token, oidc: email not verified]');
    expect(await reviewError(server, await issuer.token({ ...good, aud: 'other' }))).toBe('[invalid bearer token, oidc: verify token: oidc: expected audience "kubernetes" got ["other"]]');
    expect(await reviewError(server, await issuer.token({ ...good, exp: 1 }))).toBe('[invalid bearer token, oidc: verify token: oidc: token is expired (Token Expiry: 1970-01-01 00:00:01 +0000 UTC)]');
    const [head, , signature] = (await issuer.token(good)).split('.');
    const forged = `${head}.${Buffer.from(JSON.stringify({ ...good, iss: issuer.server.url, aud: 'kubernetes', exp: 9_999_999_999 })).toString('base64url')}.${signature}`;
    expect(await reviewError(server, forged)).toBe('[invalid bearer token, oidc: verify token: failed to verify signature: failed to verify id token signature]');
  }, 60_000);

  it('by a file come from several issuers; the file is taken up anew', async () => {
    const second = await Issuer.start(folder);
    await second.addKey('first');
    const config = (issuers: Issuer[]): string => JSON.stringify({
      apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration', anonymous: { enabled: true, conditions: [{ path: '/healthz' }] },
      jwt: issuers.map(({ server }) => ({ issuer: { url: server.url, certificateAuthority: folder.authority.certificate, audiences: ['kubernetes', 'other'], audienceMatchPolicy: 'MatchAny' }, claimMappings: { username: { expression: '"jwt:" + claims.sub' }, uid: { claim: 'sub' } },
        userValidationRules: [{ expression: '!user.username.endsWith("mallory")', message: 'not her' }],
      })),
    });
    const file = folder.file('authentication.yaml', config([issuer]));
    try {
      await using server = await startAuthServer(etcd, folder, ['--authorization-mode=RBAC', `--authentication-config=${file}`]);
      expect(await whoAmI(server, await issuer.token({ sub: 'eve', aud: ['other', 'x'] }))).toEqual({ username: 'jwt:eve', uid: 'eve', groups: ['system:authenticated'] });
      expect([(await server.request({ path: '/healthz' })).status, (await server.request({ path: '/version' })).status]).toEqual([200, 401]);
      expect(await reviewError(server, await issuer.token({ sub: 'mallory' }))).toBe('[invalid bearer token, oidc: error evaluating user info validation rule: validation expression \'!user.username.endsWith("mallory")\' failed: not her]');
      const token = await second.token({ sub: 'eve' });
      expect(await whoAmI(server, token)).toBe(401);
      folder.file('authentication.yaml', config([issuer, second]));
      for (let i = 0; i < 20 && await whoAmI(server, token) === 401; i++) await systemClock.sleep(500);
      expect(await whoAmI(server, token)).toMatchObject({ username: 'jwt:eve' });
    } finally { await second.server[Symbol.asyncDispose](); }
  }, 60_000);

  it('of a faulty configuration stop the start with every fault', async () => {
    const file = folder.file('faulty.yaml', JSON.stringify({
      apiVersion: 'apiserver.config.k8s.io/v1beta1', kind: 'AuthenticationConfiguration',
      jwt: [{ issuer: { url: 'http://x', audiences: [] }, claimMappings: { username: { claim: 'sub' }, groups: { expression: 'claims.' } } }],
    }));
    await expect(startAuthServer(etcd, folder, ['--authorization-mode=RBAC', `--authentication-config=${file}`])).rejects.toThrow(
      'invalid authentication configuration: [jwt[0].issuer.url: Invalid value: "http://x": URL scheme must be https, jwt[0].issuer.audiences: Required value: at least one jwt[0].issuer.audiences is required, '
      + 'jwt[0].claimMappings.username.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing, '
      + 'jwt[0].claimMappings.groups.expression: Invalid value: "claims.": compilation failed: ERROR:',
    );
  }, 60_000);
});
