// A cluster without nodes, from outside: every port with no, wrong, expired and too weak credentials, every file's mode, and where secrets must not be. docs/SECURITY.md
// names these tests.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import path from 'node:path';
import { systemClock, systemRng } from '@kubernode/base';
import { createAuthority, issueCertificate, type CertificateRequest, type KeyPair } from '@kubernode/component-base';
import { TestCluster } from './framework/cluster.ts';
import { listeningSockets } from './framework/listening-sockets.ts';
import { eventually } from './framework/run.ts';

const SECURE_PORT = 11_443;
const OFFSET = SECURE_PORT - 6443;
const cluster = new TestCluster(SECURE_PORT, ['--nodes=0', '--simulated-nodes=1', '--replicas=1']);
const HOUR_MS = 3_600_000;
/** Of the expired certificates. */
const SECOND_MS = 1_000;

let credentials: Readonly<Record<Credential, Shown>>;

beforeAll(async () => {
  const mask = process.umask(0); // the worst that a shell could leave it
  try {
    const { status, stdout, stderr } = await cluster.up();
    if (status !== 0) throw new Error(`up failed: ${stdout}${stderr}`);
  } finally { process.umask(mask); }
  credentials = await makeCredentials();
}, 180_000);

afterAll(async () => {
  await cluster.kubernode('down', '--purge');
  rmSync(cluster.home, { recursive: true, force: true });
}, 120_000);

type Credential = 'none' | 'wrong token' | 'foreign' | 'expired' | 'nobody' | 'node' | 'simulated' | 'proper' | 'etcd';
interface Shown { cert?: string; key?: string; token?: string }

async function makeCredentials(): Promise<typeof credentials> {
  const read = (name: string): KeyPair => ({ certificate: readFileSync(path.join(cluster.dir, 'pki', `${name}.crt`), 'utf8'), key: readFileSync(path.join(cluster.dir, 'pki', `${name}.key`), 'utf8') });
  const now = systemClock.now();
  const shown = async (authority: KeyPair, request: Partial<CertificateRequest>, at = now): Promise<Shown> => {
    const { certificate, key } = await issueCertificate(authority, { commonName: 'kubernetes-admin', organizations: ['system:masters'], usages: ['client'], lifetimeMs: HOUR_MS, ...request }, { now: at, rng: systemRng });
    return { cert: certificate, key };
  };
  const stranger = await createAuthority({ commonName: 'kubernetes', lifetimeMs: HOUR_MS }, { now, rng: systemRng });
  const [ca, etcdCa, admin, simulated] = [read('ca'), read('etcd-ca'), read('admin'), read('simulated-nodes')];
  return {
    none: {}, 'wrong token': { token: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJzeXN0ZW06YWRtaW4ifQ.' }, foreign: await shown(stranger, {}), proper: { cert: admin.certificate, key: admin.key },
    expired: await shown(ca, { lifetimeMs: SECOND_MS }, now - HOUR_MS), nobody: await shown(ca, { commonName: 'nobody', organizations: [] }), node: await shown(ca, { commonName: 'system:node:other', organizations: ['system:nodes'] }),
    simulated: { cert: simulated.certificate, key: simulated.key }, etcd: await shown(etcdCa, { commonName: 'kube-apiserver-etcd-client', organizations: [] }),
  };
}

/** The status that a door answers with; `refused` when it ends the connection. */
type Verdict = number | 'refused';

function ask(kind: 'http' | 'https', port: number, target: string, { cert, key, token }: Shown): Promise<Verdict> {
  return new Promise((resolve) => {
    const send = kind === 'http' ? httpRequest : httpsRequest;
    const asked = send({ host: '127.0.0.1', port, path: target, agent: false, rejectUnauthorized: false, ...(cert !== undefined && { cert, key }), headers: token === undefined ? {} : { authorization: `Bearer ${token}` } }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
    });
    asked.on('error', () => resolve('refused'));
    asked.end();
  });
}

/** The API server's gRPC door: whether a call is heard at all. */
function call(port: number, { cert, key }: Shown): Promise<Verdict> {
  return new Promise((resolve) => {
    const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false, ...(cert !== undefined && { cert, key }) });
    const done = (verdict: Verdict): void => { resolve(verdict); session.destroy(); };
    session.on('error', () => done('refused')).on('close', () => done('refused'));
    const stream = session.request({ ':method': 'POST', ':path': '/kubernode.controlplane.v1.ControlPlane/Call', 'content-type': 'application/grpc', te: 'trailers' });
    stream.on('response', (headers) => done(Number(headers[':status']))).on('error', () => done('refused'));
    stream.end(Buffer.alloc(5)); // an empty message
  });
}

const API = { none: 403, 'wrong token': 401, foreign: 401, expired: 401, nobody: 403, node: 403, simulated: 403, proper: 200 } as const;
const MUTUAL = { none: 'refused', 'wrong token': 'refused', foreign: 'refused', expired: 'refused', nobody: 'refused', node: 'refused', proper: 'refused', etcd: 200 } as const;
const OPEN = { none: 200 } as const;
const CLOSED = { none: 403, proper: 403 } as const;

/** Every port there is (the last test says so), what is asked there, and what each credential gets. Plain HTTP stands on loopback alone. */
const DOORS: readonly [process: string, usualPort: number, what: string, kind: 'http' | 'https' | 'grpc', target: string, expected: Readonly<Partial<Record<Credential, Verdict>>>][] = [
  ['haproxy', 6443, 'the API behind HAProxy', 'https', '/api/v1/secrets', API],
  ['haproxy', 16_443, 'gRPC behind HAProxy', 'grpc', '', { none: 'refused', foreign: 'refused', expired: 'refused', nobody: 200, proper: 200 }],
  ['haproxy', 16_444, "HAProxy's metrics", 'http', '/metrics', OPEN],
  ['haproxy', 16_444, 'all else of HAProxy', 'http', '/stats', CLOSED],
  ['apiserver-0', 16_450, 'secrets', 'https', '/api/v1/secrets', API],
  ['apiserver-0', 16_450, 'pods', 'https', '/api/v1/pods', { nobody: 403, simulated: 200 }],
  ['apiserver-0', 16_450, 'metrics of the API server', 'https', '/metrics', API],
  ['apiserver-0', 16_450, 'its flags', 'https', '/flagz', API],
  ['apiserver-0', 16_450, 'a node behind it', 'https', '/api/v1/nodes/sim-0/proxy/metrics', { ...API, proper: 503 }], // simulated nodes serve nothing
  ['apiserver-0', 16_450, 'health', 'https', '/readyz', { ...OPEN, 'wrong token': 401, expired: 401 }],
  ['apiserver-0', 16_450, 'the version', 'https', '/version', OPEN],
  ['apiserver-0', 16_470, 'gRPC', 'grpc', '', { none: 'refused', foreign: 'refused', expired: 'refused', nobody: 200, proper: 200 }], // heard, then authorized as over HTTPS
  ['etcd-0', 2379, 'etcd', 'https', '/version', MUTUAL],
  ['etcd-0', 2380, "etcd's members", 'https', '/members', MUTUAL],
  ['etcd-0', 2381, "etcd's metrics", 'http', '/metrics', OPEN],
  ['etcd-0', 2381, 'keys at the port of metrics', 'http', '/v3/kv/range', { none: 404 }],
  ['scheduler-0', 10_259, 'metrics of the scheduler', 'http', '/metrics', OPEN],
  ['controller-manager-0', 10_257, 'metrics of the controller manager', 'http', '/metrics', OPEN],
  ['scheduler-1', 10_279, 'metrics of the other scheduler', 'http', '/metrics', OPEN],
  ['controller-manager-1', 10_277, 'metrics of the other controller manager', 'http', '/metrics', OPEN],
  ['simulated-nodes', 10_251, 'metrics of simulated nodes', 'http', '/metrics', OPEN],
];

test.each(DOORS.flatMap(([process, port, what, kind, target, expected]) => Object.entries(expected).map(([credential, verdict]) => [process, port, what, kind, target, credential as Credential, verdict] as const)))('%s %i: %s by %s %s with credentials %p → %p', async (_process, usualPort, _what, kind, target, credential, verdict) => {
  const port = usualPort + OFFSET;
  expect(await (kind === 'grpc' ? call(port, credentials[credential]) : ask(kind, port, target, credentials[credential]))).toBe(verdict);
});

test('what listens is what the table names, on loopback', () => {
  const names = readdirSync(path.join(cluster.dir, 'run')).filter((name) => name.endsWith('.pid')).map((name) => name.slice(0, -'.pid'.length));
  const open = names.flatMap((name) => listeningSockets(cluster.pidOf(name)).map(({ address, port }) => `${name} ${address}:${port}`));
  expect(open.toSorted()).toEqual([...new Set(DOORS.map(([process, usualPort]) => `${process} 127.0.0.1:${usualPort + OFFSET}`))].toSorted());
});

test('no file is for others to write, and what is secret is for nobody else to read, whatever the mask', () => {
  const entries = readdirSync(cluster.dir, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isSymbolicLink()).map((entry) => path.join(entry.parentPath, entry.name));
  const modeOf = (file: string): number => statSync(file).mode & 0o777;
  expect(entries.filter((file) => (modeOf(file) & 0o022) !== 0)).toEqual([]);
  const secret = /\.key$|\.kubeconfig$|cluster\.json$|\/etcd(\/|$)|\.sock$/;
  expect(entries.filter((file) => secret.test(file) && (modeOf(file) & 0o077) !== 0)).toEqual([]);
  expect(entries.filter((file) => secret.test(file)).length).toBeGreaterThan(15);
  expect(entries.filter((file) => file.endsWith('.log') && (modeOf(file) & 0o007) !== 0)).toEqual([]);
});

test('secrets stand in no log, no argument, no environment of a process, and no page', async () => {
  const value = createHash('sha256').update(String(process.pid)).digest('hex');
  const password = `hunter2-${value}`;
  await cluster.kubectl('create -f -', JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'shown', namespace: 'default' }, stringData: { password } }));
  const token = (await cluster.kubectl('create token default')).trim();
  const signature = token.split('.')[2] ?? '';
  expect(await ask('https', 16_450 + OFFSET, `/api/v1/nodes?access_token=${value}`, { token: `${token}x` })).toBe(401); // what is refused is not logged, either
  expect(await ask('https', 16_450 + OFFSET, '/api/v1/secrets', { token })).toBe(403);
  const keys = readdirSync(path.join(cluster.dir, 'pki')).filter((name) => name.endsWith('.key')).map((name) => readFileSync(path.join(cluster.dir, 'pki', name), 'utf8').split('\n')[1] ?? '');
  const secrets = [password, Buffer.from(password).toString('base64'), signature, ...keys];
  const leaks = (text: string): string[] => secrets.filter((one) => text.includes(one));
  await eventually('a log', async () => readFileSync(path.join(cluster.dir, 'logs/apiserver-0.log'), 'utf8').length > 0);
  for (const log of readdirSync(path.join(cluster.dir, 'logs'))) expect([log, leaks(readFileSync(path.join(cluster.dir, 'logs', log), 'utf8'))]).toEqual([log, []]);
  for (const name of readdirSync(path.join(cluster.dir, 'run')).filter((one) => one.endsWith('.pid'))) {
    const pid = cluster.pidOf(name.slice(0, -'.pid'.length));
    expect([name, ...['cmdline', 'environ'].flatMap((file) => leaks(readFileSync(`/proc/${pid}/${file}`, 'utf8')))]).toEqual([name]);
    expect([name, leaks(readlinkSync(`/proc/${pid}/exe`))]).toEqual([name, []]);
  }
  for (const page of ['/metrics', '/flagz', '/statusz', '/debug/api_priority_and_fairness/dump_requests']) expect([page, leaks(await cluster.kubectl(`get --raw ${page}`))]).toEqual([page, []]);
  const archive = path.join(cluster.home, 'support.tar.gz');
  expect((await cluster.kubernode('support-bundle', `--output=${archive}`)).status).toBe(0);
  expect(statSync(archive).mode & 0o777).toBe(0o600);
}, 120_000);
