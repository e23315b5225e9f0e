import { X509Certificate } from 'node:crypto';
import { connect as connectPlain } from 'node:net';
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { connect as connectTls, createServer, type TLSSocket } from 'node:tls';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { systemClock, systemRng, TaskGroup } from '@kubernode/base';
import { connectFollowing, createClient, type Client, type ConnectionOptions } from '@kubernode/client';
import { createAuthority, FileFollower, issueCertificate, type KeyPair, silentLogger } from '@kubernode/component-base';
import { freePort } from '@kubernode/testing';
import { Fixtures, type EtcdProcess, startAuthServer, startEtcd, testFolder, type TestFolder } from './auth-server.ts';

const HOUR_MS = 3_600_000;
const TAKE_UP_MS = 60_000;
const { configmaps } = coreV1Resources;

describe('rotation', () => {
  const fixtures = new Fixtures();
  let [etcd, folder]: [EtcdProcess?, TestFolder?] = [];
  let [old, next]: KeyPair[] = [];
  const issued = (): { now: number; rng: typeof systemRng } => ({ now: systemClock.now(), rng: systemRng });
  beforeAll(async () => {
    [etcd, folder] = await Promise.all([fixtures.use(startEtcd()), fixtures.use(testFolder())]);
    [old, next] = await Promise.all(['old', 'next'].map((commonName) => createAuthority({ commonName, lifetimeMs: 10 * HOUR_MS }, issued())));
  }, 60_000);
  afterAll(() => fixtures[Symbol.asyncDispose]());

  it('of authorities and leaves on every link drops no watch and fails no request; what is expired or of the old authority is refused', async () => {
    if (etcd === undefined || folder === undefined || old === undefined || next === undefined) throw new Error('not set up');
    const dir = folder.path;
    const file = (name: string, text: string): string => { const at = path.join(dir, name); writeFileSync(`${at}.new`, text); renameSync(`${at}.new`, at); return at; };
    const leaf = (authority: KeyPair, commonName: string, organizations: string[] = []): Promise<KeyPair> => issueCertificate(authority, { commonName, organizations, dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'], usages: ['server', 'client'], lifetimeMs: HOUR_MS }, issued());
    const grpcPort = await freePort();
    let httpsPort = 0;
    const write = async (authority: KeyPair, bundle: string): Promise<KeyPair> => {
      file('ca.crt', bundle);
      for (const name of ['server', 'etcd-client']) {
        const pair = await leaf(authority, name);
        file(`${name}.key`, pair.key);
        file(`${name}.crt`, pair.certificate);
      }
      const client = await leaf(authority, 'rotating', ['system:masters']);
      for (const [name, server] of [['grpc', `grpcs://127.0.0.1:${grpcPort}`], ['https', `https://127.0.0.1:${httpsPort}`]] as const) file(`${name}.conf`, kubeconfig({ server, ca: bundle, client }));
      return leaf(authority, 'etcd');
    };
    const trustAll = old.certificate + next.certificate;
    await using door = await etcdDoor(etcd, { ...await write(old, old.certificate), ca: old.certificate });
    await using server = await startAuthServer({ ...etcd, endpoint: door.endpoint }, folder, [
      '--authorization-mode=RBAC', `--client-ca-file=${dir}/ca.crt`, `--tls-cert-file=${dir}/server.crt`, `--tls-private-key-file=${dir}/server.key`, `--grpc-port=${grpcPort}`,
      `--etcd-cafile=${dir}/ca.crt`, `--etcd-certfile=${dir}/etcd-client.crt`, `--etcd-keyfile=${dir}/etcd-client.key`,
    ]);
    httpsPort = server.port;
    await write(old, old.certificate);
    const group = new TaskGroup();
    await using _group = { [Symbol.asyncDispose]: async (): Promise<void> => { group.stop(); await group.done(); } };
    const follower = new FileFollower({ clock: systemClock, logger: silentLogger });
    const clients = ['grpc', 'https'].map((name) => createClient({ transport: connectFollowing({ kubeconfig: `${dir}/${name}.conf`, 'server-grpc': [] } as unknown as ConnectionOptions, {}, { follower }), userAgent: 'test' })); // the other flags are not given
    group.spawn((signal) => follower.run(signal));
    const watches = clients.map((client) => watched(client, group));
    const writer = steadyWriter(clients, group);

    const stranger = await leaf(next, 'stranger');
    const status = async (pair: KeyPair): Promise<number> => (await server.request({ method: 'POST', path: '/apis/authentication.k8s.io/v1/selfsubjectreviews', body: {}, tls: { cert: pair.certificate, key: pair.key } })).status;
    const shows = async (port: number): Promise<string> => issuerAt(port, stranger);
    const veteran = await leaf(old, 'veteran');
    expect([await status(veteran), await status(stranger)]).toEqual([201, 401]);

    door.show({ ...await write(old, trustAll), ca: trustAll });
    await until(async () => await status(stranger) === 201);
    const changes = follower.changes;
    door.show({ ...await write(next, trustAll), ca: trustAll });
    await until(async () => await shows(server.port) === 'CN=next' && await shows(grpcPort) === 'CN=next' && follower.changes > changes);
    door.show({ ...await write(next, next.certificate), ca: next.certificate });
    await until(async () => await status(veteran) === 401);
    await writer.stop();
    door.cut(); // and comes again by the new certificates alone
    await until(() => clients[0] === undefined ? Promise.resolve(false) : clients[0].create(configmaps, { metadata: { name: 'last', namespace: 'default' } }).then(() => true, () => false));
    await until(() => Promise.resolve(watches.every(({ names }) => names.includes('last'))));

    expect(writer.faults).toEqual([]);
    expect(writer.written.length).toBeGreaterThan(10);
    for (const { names, ended } of watches) expect([names.filter((name) => writer.written.includes(name)), ended()]).toEqual([writer.written, false]);
    const expired = await issueCertificate(next, { commonName: 'late', usages: ['client'], lifetimeMs: HOUR_MS }, { ...issued(), now: systemClock.now() - 2 * HOUR_MS });
    expect(await status(expired)).toBe(401);
    for (const client of clients) client.close();
  }, 300_000);
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  const giveUpAt = systemClock.monotonicNow() + TAKE_UP_MS;
  while (!await holds()) {
    if (systemClock.monotonicNow() > giveUpAt) throw new Error('not taken up in time');
    await systemClock.sleep(200);
  }
}

/** TLS in front of an etcd that speaks none: who comes has to show a certificate. */
async function etcdDoor({ endpoint }: EtcdProcess, shown: KeyPair & { ca: string }): Promise<{ endpoint: string; show(next: KeyPair & { ca: string }): void; cut(): void } & AsyncDisposable> {
  const contextOf = ({ certificate, key, ca }: KeyPair & { ca: string }): { cert: string; key: string; ca: string } => ({ cert: certificate, key, ca });
  const sockets = new Set<TLSSocket>();
  const server = createServer({ ...contextOf(shown), requestCert: true, rejectUnauthorized: true, ALPNProtocols: ['h2'] }, (socket) => {
    const { hostname: host, port } = new URL(endpoint);
    const behind = connectPlain({ host, port: Number(port) });
    sockets.add(socket);
    for (const [one, other] of [[socket, behind], [behind, socket]] as const) { one.on('error', () => { other.destroy(); }); one.on('close', () => { other.destroy(); sockets.delete(socket); }); }
    socket.pipe(behind).pipe(socket);
  });
  const port = await freePort();
  await new Promise<void>((resolve) => { server.listen(port, '127.0.0.1', resolve); });
  const cut = (): void => { for (const socket of sockets) socket.destroy(); };
  return {
    endpoint: `https://127.0.0.1:${port}`, cut, show: (next) => { server.setSecureContext(contextOf(next)); },
    [Symbol.asyncDispose]: () => new Promise((resolve) => { cut(); server.close(() => { resolve(); }); }),
  };
}

/** One watch, from now on, for as long as it lasts. */
function watched(client: Client, group: TaskGroup): { names: string[]; ended: () => boolean } {
  const names: string[] = [];
  let hasEnded = false;
  group.spawn(async (signal) => {
    try {
      for await (const { type, object } of client.watch<coreV1.ConfigMap>(configmaps, { namespace: 'default', resourceVersion: '0', signal })) if (type === 'ADDED') names.push(object.metadata.name);
    } finally { hasEnded = true; }
  });
  return { names, ended: () => hasEnded };
}

/** Writes by one client after the other; a fault is noted, never repeated. */
function steadyWriter(clients: readonly Client[], group: TaskGroup): { written: string[]; faults: string[]; stop(): Promise<void> } {
  const [written, faults]: [string[], string[]] = [[], []];
  let [stopped, done] = [false, (): void => undefined];
  const over = new Promise<void>((resolve) => { done = resolve; });
  group.spawn(async (signal) => {
    for (let i = 0; !stopped && !signal.aborted; i++) {
      const name = `written-${i}`;
      try {
        await clients[i % clients.length]?.create(configmaps, { metadata: { name, namespace: 'default' } }, { signal });
        written.push(name);
      } catch (error) { faults.push(String(error)); }
      await systemClock.sleep(100);
    }
    done();
  });
  return { written, faults, stop: () => { stopped = true; return over; } };
}

function issuerAt(port: number, client: KeyPair): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, cert: client.certificate, key: client.key, ALPNProtocols: ['h2'] }, () => {
      resolve(new X509Certificate(socket.getPeerX509Certificate()?.raw ?? Buffer.alloc(0)).issuer);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

function kubeconfig({ server, ca, client }: { server: string; ca: string; client: KeyPair }): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'c', contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority-data': base64(ca), 'tls-server-name': 'localhost' } }],
    users: [{ name: 'u', user: { 'client-certificate-data': base64(client.certificate), 'client-key-data': base64(client.key) } }],
  });
}
