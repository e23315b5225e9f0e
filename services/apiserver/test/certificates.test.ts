import https from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { systemClock } from '@kubernode/base';
import { Fixtures, type AuthServer, type EtcdProcess, startAuthServer, startEtcd, testFolder, type TestFolder } from './auth-server.ts';

const TAKE_UP_MS = 12_000;
const POLL_MS = 250;

describe('certificates', () => {
  let [folder, other]: (TestFolder | undefined)[] = [];
  let etcd: EtcdProcess;
  const fixtures = new Fixtures();
  beforeAll(async () => { [folder, other, etcd] = await Promise.all([fixtures.use(testFolder()), fixtures.use(testFolder()), fixtures.use(startEtcd())]); }, 60_000);
  afterAll(() => fixtures[Symbol.asyncDispose]());

  const shown = (server: AuthServer, servername = ''): Promise<string> => new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false, servername }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on('error', reject);
  });
  const until = async (holds: () => Promise<boolean>): Promise<boolean> => {
    for (let waited = 0; waited < TAKE_UP_MS; waited += POLL_MS) {
      if (await holds()) return true;
      await systemClock.sleep(POLL_MS);
    }
    return false;
  };

  it('are taken up while the server runs: its own, those for other names, and the authorities of clients', async () => {
    if (folder === undefined || other === undefined) throw new Error('not set up');
    const write = async (commonName: string): Promise<[string, string]> => {
      const { certificate, key } = await (folder as TestFolder).certificate(commonName); // set up above
      return [(folder as TestFolder).file('tls.crt', certificate), (folder as TestFolder).file('tls.key', key)];
    };
    const [certFile, keyFile] = await write('before');
    const sni = await folder.certificate('further', { dnsNames: ['a.example.com'] });
    const caFile = folder.file('clients.crt', folder.authority.certificate);
    await using server = await startAuthServer(etcd, folder, [
      '--authorization-mode=RBAC', `--tls-cert-file=${certFile}`, `--tls-private-key-file=${keyFile}`, `--client-ca-file=${caFile}`, '--tls-min-version=VersionTLS13',
      `--tls-sni-cert-key=${folder.file('sni.crt', sni.certificate)},${folder.file('sni.key', sni.key)}`,
    ]);
    const stranger = await other.certificate('eve', { organizations: ['strangers'] });
    const whoAmI = async (agent: https.Agent | false = false): Promise<unknown> => {
      const { body } = await server.request({ method: 'POST', path: '/apis/authentication.k8s.io/v1/selfsubjectreviews', body: {}, tls: { cert: stranger.certificate, key: stranger.key, ...(agent !== false && { agent }) } });
      return typeof body.status === 'object' ? body.status : body;
    };
    expect([await shown(server), await shown(server, 'a.example.com'), await shown(server, 'b.example.com')]).toEqual(['before', 'further', 'before']);
    await expect(new Promise((resolve, reject) => { connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false, maxVersion: 'TLSv1.2' }, () => { resolve('connected'); }).on('error', reject); })).rejects.toThrow(/protocol version|alert/i);
    using agent = disposableAgent();
    const open = async (): Promise<number> => (await server.request({ path: '/version', token: 'admin-token', tls: { agent: agent.value } })).status;
    expect(await open()).toBe(200);
    expect(await whoAmI()).toMatchObject({ code: 401 }); // nobody vouches for it
    await write('after');
    folder.file('clients.crt', folder.authority.certificate + other.authority.certificate);
    expect(await until(async () => await shown(server) === 'after')).toBe(true);
    expect(await until(async () => 'userInfo' in (await whoAmI() as object))).toBe(true);
    expect(await whoAmI()).toMatchObject({ userInfo: { username: 'eve', groups: ['strangers', 'system:authenticated'] } });
    expect([await open(), agent.connections]).toEqual([200, 1]);
  }, 60_000);
});

/** Keeps one connection; counts how many it took. */
function disposableAgent(): { value: https.Agent; connections: number } & Disposable {
  const value = new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  const counted = { value, connections: 0, [Symbol.dispose]: () => { value.destroy(); } };
  const createConnection = value.createConnection.bind(value);
  value.createConnection = (...args: Parameters<typeof createConnection>) => { counted.connections++; return createConnection(...args); };
  return counted;
}
