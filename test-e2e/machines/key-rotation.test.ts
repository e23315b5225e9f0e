// The key of service account tokens is exchanged under use: no replica refuses a token before the old key is dropped, and then every replica refuses all of its tokens.
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { coreV1Resources } from '@kubernode/api';
import { createClient, createHttpsTransport, type Client } from '@kubernode/client';
import { kubernodeCommand, TestCluster } from '../framework/cluster.ts';
import { eventually, run, sleep, start, type Result } from '../framework/run.ts';

const SECURE_PORT = 20_943;
const APISERVER_PORT = SECURE_PORT + 10_007;
const REPLICAS = [0, 1] as const;
/** Files are looked at every five seconds, on a busy machine later. */
const TAKE_UP_MS = 60_000;

const cluster = new TestCluster(SECURE_PORT, ['--nodes=0', `--replicas=${REPLICAS.length}`, '--etcd=1']);
const pki = (name: string): string => path.join(cluster.dir, 'pki', name);
const rotateKeys = ['certs', 'rotate-keys', `--dir=${cluster.dir}`];
let administrators: readonly Client[];

beforeAll(async () => {
  const { status, stdout, stderr } = await cluster.up();
  if (status !== 0) throw new Error(`up failed: ${stdout}${stderr}`);
  administrators = REPLICAS.map((replica) => clientOf(replica, { cert: readFileSync(pki('admin.crt')), key: readFileSync(pki('admin.key')) }));
  await eventually('the account', () => newToken(0), TAKE_UP_MS);
}, 180_000);

afterAll(async () => {
  for (const client of administrators) client.close();
  await cluster.kubernode('down', '--purge');
  rmSync(cluster.home, { recursive: true, force: true });
}, 120_000);

function clientOf(replica: number, credentials: { token: string } | { cert: Buffer; key: Buffer }): Client {
  return createClient({ transport: createHttpsTransport({ server: `https://127.0.0.1:${APISERVER_PORT + replica}`, ca: readFileSync(pki('ca.crt')), ...credentials }), userAgent: 'test' });
}

/** Of the default account, signed by one replica. */
async function newToken(replica: number): Promise<string> {
  const { status } = await (administrators[replica] as Client).create<unknown, { status: { token: string } }>(coreV1Resources.serviceaccounts, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }, { target: { namespace: 'default', name: 'default', subresource: 'token' } }); // one a replica
  return status.token;
}

/** What each replica answers to it: 200, or 401 where it is refused. */
function answers(token: string): Promise<number[]> {
  return Promise.all(REPLICAS.map(async (replica) => {
    const client = clientOf(replica, { token });
    try { return (await client.request({ method: 'GET', path: '/api' })).status; } finally { client.close(); }
  }));
}

const keyOf = (token: string): string => (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid; // a token's header
const keysInUse = async (): Promise<string[]> => (await Promise.all(REPLICAS.map(newToken))).map(keyOf);

/** A token that a secret keeps, which the controller manager signs. */
async function secretToken(name: string): Promise<string> {
  await cluster.kubectl('create -f -', JSON.stringify({ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/service-account-token', metadata: { name, annotations: { 'kubernetes.io/service-account.name': 'default' } } }));
  const data = await eventually(`the token of ${name}`, async () => { const text = await cluster.kubectl(`get secret ${name} -o jsonpath={.data.token}`); return text !== '' && text; }, TAKE_UP_MS);
  return Buffer.from(data, 'base64').toString();
}

/** Tokens are made by each replica and shown to all of them, with those given, again and again; what was refused. */
function steadyUse(kept: readonly string[]): { readonly faults: readonly string[]; readonly rounds: number } & AsyncDisposable {
  let [going, rounds] = [true, 0];
  const faults: string[] = [];
  const done = (async () => {
    for (; going; rounds++) {
      for (const token of [...kept, ...await Promise.all(REPLICAS.map(newToken))]) {
        const seen = await answers(token);
        if (seen.some((status) => status !== 200)) faults.push(`round ${rounds}: ${keyOf(token)} was answered ${seen.join()}`);
      }
      await sleep(50);
    }
  })().catch((error: unknown) => { faults.push(String(error)); });
  return { faults, get rounds() { return rounds; }, [Symbol.asyncDispose]: async () => { going = false; await done; } };
}

test('the key is exchanged without a token that is refused, until the old one is dropped', async () => {
  const rotate = (...flags: readonly string[]): Promise<Result> => run(kubernodeCommand, [...rotateKeys, ...flags], { env: { HOME: cluster.home } });
  const old = [...await Promise.all(REPLICAS.map(newToken)), await secretToken('old')];
  const [oldKey = ''] = old.map(keyOf);
  expect(old.map(keyOf)).toEqual([oldKey, oldKey, oldKey]);
  const next: string[] = [];
  {
    await using use = steadyUse(old);
    const cut = start(kubernodeCommand, rotateKeys, { HOME: cluster.home }); // whoever is cut off runs it again
    await eventually('the next key', () => Promise.resolve(existsSync(pki('sa-next.key'))), TAKE_UP_MS);
    cut.child.kill('SIGKILL');
    await cut.stop();
    expect(await keysInUse()).toEqual([oldKey, oldKey]);

    expect(await rotate()).toMatchObject({ status: 0, stdout: expect.stringContaining('✓ tokens are signed by a new key; those of the old one are still accepted\n') as unknown });
    const key = await eventually('both replicas to sign by it', async () => { const [one, other] = await keysInUse(); return one === other && one !== oldKey && one; }, TAKE_UP_MS);
    await eventually('the controller manager to sign by it', async () => { const token = await secretToken(`next-${next.length}`); next.push(token); return keyOf(token) === key; }, TAKE_UP_MS);
    expect(await rotate()).toMatchObject({ status: 1, stderr: expect.stringMatching(/the old key stays: tokens that it signed are in use for another 1(19|20) min; --force drops it all the same/) as unknown });
    const { rounds } = use;
    await eventually('tokens in use', () => Promise.resolve(use.rounds > rounds + 1));
    expect(use.faults).toEqual([]);
  }
  {
    const kept = next.slice(-1);
    await using use = steadyUse(kept);
    expect(await rotate('--force')).toMatchObject({ status: 0, stdout: '✓ tokens of the old key are refused\n' });
    await eventually('the old key to be refused', async () => (await Promise.all(old.map(answers))).flat().every((status) => status === 401), TAKE_UP_MS);
    expect(use.faults).toEqual([]);
  }
  expect([existsSync(pki('sa-next.key')), existsSync(pki('sa-old.pub')), statSync(pki('sa.key')).mode & 0o777, readFileSync(pki('sa.pub'), 'utf8').match(/BEGIN/g)?.length]).toEqual([false, false, 0o600, 1]);
}, 300_000);
