import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import path from 'node:path';
import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import { externalJwtService } from '@kubernode/rpc';
import { Fixtures, type EtcdProcess, startAuthServer, startEtcd, testFolder, type TestFolder } from './auth-server.ts';

/** A signer with an RSA key that can be changed. */
class Signer implements AsyncDisposable {
  readonly socket: string;
  readonly #server = new Server();
  #keys = [newKey('one')];

  constructor(folder: TestFolder) {
    this.socket = path.join(folder.path, 'signer.sock');
    this.#server.addService(externalJwtService(), {
      metadata: (_call: unknown, done: sendUnaryData<object>) => { done(null, { maxTokenExpirationSeconds: '7200' }); },
      fetchKeys: (_call: unknown, done: sendUnaryData<object>) => {
        done(null, { keys: this.#keys.map(({ id, der }, index) => ({ keyId: id, key: der, excludeFromOidcDiscovery: index < this.#keys.length - 1 })), dataTimestamp: { seconds: '1' }, refreshHintSeconds: '3600' });
      },
      sign: ({ request }: ServerUnaryCall<{ claims: string }, object>, done: sendUnaryData<object>) => {
        const key = this.#keys.at(-1) ?? newKey('none');
        const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid: key.id, typ: 'JWT' })).toString('base64url');
        done(null, { header, signature: sign('sha256', Buffer.from(`${header}.${request.claims}`), key.privateKey).toString('base64url') });
      },
    });
  }

  start(): Promise<void> {
    return new Promise((resolve, reject) => { this.#server.bindAsync(`unix://${this.socket}`, ServerCredentials.createInsecure(), (error) => { if (error) reject(error); else resolve(); }); });
  }

  addKey(id: string): void { this.#keys = [...this.#keys, newKey(id)]; }
  async [Symbol.asyncDispose](): Promise<void> { await Promise.resolve(this.#server.forceShutdown()); }
}

function newKey(id: string): { id: string; privateKey: ReturnType<typeof generateKeyPairSync>['privateKey']; der: Buffer } {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { id, privateKey, der: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }) };
}

describe('an external signer', () => {
  let folder: TestFolder;
  let etcd: EtcdProcess;
  const fixtures = new Fixtures();
  beforeAll(async () => { [folder, etcd] = await Promise.all([fixtures.use(testFolder()), fixtures.use(startEtcd())]); }, 60_000);
  afterAll(() => fixtures[Symbol.asyncDispose]());

  it('signs tokens, limits their lives, and changes its key while the server runs', async () => {
    await using signer = new Signer(folder);
    await signer.start();
    await using server = await startAuthServer(etcd, folder, ['--authorization-mode=RBAC', `--service-account-signing-endpoint=${signer.socket}`]);
    const admin = { token: 'admin-token', method: 'POST' };
    expect((await server.request({ ...admin, path: '/api/v1/namespaces/default/serviceaccounts', body: { metadata: { name: 'app' } } })).status).toBe(201);
    const newToken = async (): Promise<string> => {
      const { body, headers } = await server.request({ ...admin, path: '/api/v1/namespaces/default/serviceaccounts/app/token', body: { spec: { expirationSeconds: 9_000 } } });
      expect(headers['warning']).toBe('299 - "requested expiration of 9000 seconds shortened to 7200 seconds"');
      return (body.status as { token: string }).token;
    };
    const whoAmI = async (token: string): Promise<unknown> => (await server.request({ path: '/apis/authentication.k8s.io/v1/selfsubjectreviews', method: 'POST', token, body: {} })).body.status;
    const user = { userInfo: expect.objectContaining({ username: 'system:serviceaccount:default:app' }) as unknown };
    const shownKeys = async (): Promise<unknown> => ((await server.request({ path: '/openid/v1/jwks', token: 'admin-token' })).body['keys'] as { kid: string }[]).map(({ kid }) => kid);
    const first = await newToken();
    expect([await whoAmI(first), await shownKeys()]).toEqual([user, ['one']]);
    signer.addKey('two');
    expect([await whoAmI(await newToken()), await whoAmI(first), await shownKeys()]).toEqual([user, user, ['two']]); // the header named a key that had to be fetched
  }, 60_000);

  it('and key files exclude each other', async () => {
    await expect(startAuthServer(etcd, folder, ['--service-account-signing-endpoint=/x', '--service-account-key-file=/y'])).rejects.toThrow("can't set `--service-account-signing-key-file`");
  });
});
