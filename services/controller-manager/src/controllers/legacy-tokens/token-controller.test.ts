import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { seededRng } from '@kubernode/base';
import { createInformerFactory, type EventRecorder } from '@kubernode/client';
import { silentLogger } from '@kubernode/component-base';
import { runControllers } from '@kubernode/controller';
import { createFakeClient, createFakeClock, type FakeClient, type FakeClock } from '@kubernode/testing';
import { fixedRootCa } from '../root-ca.ts';
import { tokenController } from './token-controller.ts';
import { tokenSigner } from './token-signer.ts';

const { serviceaccounts, secrets } = coreV1Resources;
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const plain = (text = ''): string => Buffer.from(text, 'base64').toString();

interface World { client: FakeClient; clock: FakeClock; secret(name?: string): coreV1.Secret | undefined; stop(): Promise<void> }

async function start(...objects: object[]): Promise<World> {
  const clock = createFakeClock();
  const client = createFakeClient(objects);
  const stop = new AbortController();
  const informers = createInformerFactory({ client: { ...client, list: (resource, { fieldSelector: _type, ...options } = {}) => client.list(resource, options), watch: (resource, { fieldSelector: _type, ...options }) => client.watch(resource, options) }, clock, rng: seededRng(1), logger: silentLogger }); // the fake knows no types of secrets
  const recorder: EventRecorder = { event: () => undefined, run: () => Promise.resolve() };
  const controllers = [tokenController({ rootCa: fixedRootCa('CA'), signToken: (account, secret) => `token of ${account.metadata.name} in ${secret.metadata.name}` })];
  const ended = [informers.run(stop.signal), runControllers(controllers, { client, informers, clock, logger: silentLogger, recorder: () => recorder }, stop.signal)];
  await settle(clock);
  return { client, clock, secret: (name = 'token') => client.stored(secrets, `ns/${name}`), stop: async () => { stop.abort(); await clock.advance(1); await Promise.allSettled(ended); } };
}

async function settle(clock: FakeClock): Promise<void> { for (let i = 0; i < 40; i++) await clock.advance(50); }

const account = (name = 'sa', more: object = {}): object => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'ns', uid: `uid-${name}` }, ...more });
const secret = (data: object = {}, annotations: object = { 'kubernetes.io/service-account.name': 'sa' }, more: object = {}): object => ({ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/service-account-token', metadata: { name: 'token', namespace: 'ns', uid: 'uid-token', annotations }, data, ...more });
const ofSa = { 'kubernetes.io/service-account.name': 'sa', 'kubernetes.io/service-account.uid': 'uid-sa' };

describe('a secret that asks for a token', () => {
  test('is filled with token, authority and namespace', async () => {
    const world = await start(account(), secret({ extra: base64('kept') }));
    const { data = {}, metadata } = world.secret() ?? { metadata: { name: '' } };
    expect(Object.fromEntries(Object.entries(data).map(([name, value]) => [name, plain(value)]))).toEqual({ extra: 'kept', token: 'token of sa in token', 'ca.crt': 'CA', namespace: 'ns' });
    expect(metadata.annotations).toEqual(ofSa);
    await world.stop();
  });

  test.each<[string, object, Record<string, string>]>([
    ['keeps its token when the authority changes', { token: base64('old'), 'ca.crt': base64('older'), namespace: base64('ns') }, { token: 'old', 'ca.crt': 'CA', namespace: 'ns' }],
    ['keeps a namespace that somebody set', { namespace: base64('mine') }, { token: 'token of sa in token', 'ca.crt': 'CA', namespace: 'mine' }],
  ])('%s', async (_title, data, want) => {
    const world = await start(account(), secret(data, ofSa));
    expect(Object.fromEntries(Object.entries(world.secret()?.data ?? {}).map(([name, value]) => [name, plain(value)]))).toEqual(want);
    await world.stop();
  });

  test('is not written when nothing lacks', async () => {
    const world = await start(account(), secret({ token: base64('t'), 'ca.crt': base64('CA'), namespace: base64('ns') }, ofSa));
    expect(world.client.writes).toEqual([]);
    await world.stop();
  });

  test.each<[string, object[], boolean]>([
    ['goes when its account does not exist', [secret()], false],
    ['goes when it is of an earlier account of that name', [account(), secret({}, { ...ofSa, 'kubernetes.io/service-account.uid': 'uid-before' })], false],
    ['stays when it is of another type', [secret({}, ofSa, { type: 'Opaque' })], true],
    ['stays when it names no account', [secret({}, {})], true],
  ])('%s', async (_title, objects, stays) => {
    const world = await start(...objects);
    expect(world.secret() !== undefined).toBe(stays);
    await world.stop();
  });

  test('goes with its account', async () => {
    const world = await start(account(), secret());
    await world.client.delete(serviceaccounts, { namespace: 'ns', name: 'sa' });
    await settle(world.clock);
    expect(world.secret()).toBeUndefined();
    await world.stop();
  });

  test('takes the account\'s reference with it', async () => {
    const world = await start(account('sa', { secrets: [{ name: 'token' }, { name: 'other' }] }), secret());
    await world.client.delete(secrets, { namespace: 'ns', name: 'token' });
    await settle(world.clock);
    expect(world.client.stored(serviceaccounts, 'ns/sa')?.secrets).toEqual([{ name: 'other' }]);
    await world.stop();
  });
});

test.each([['rsa', 'RS256', undefined], ['ec', 'ES256', 'prime256v1'], ['ec', 'ES384', 'secp384r1']] as const)('tokenSigner with a key of %s signs with %s', (kind, algorithm, namedCurve) => {
  const { privateKey } = kind === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve: namedCurve ?? '' });
  const token = tokenSigner(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())(account() as coreV1.ServiceAccount, secret() as coreV1.Secret);
  const [header = '', claims = '', signature = ''] = token.split('.');
  expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: algorithm, kid: expect.stringMatching(/^[\w-]{43}$/) });
  expect(Buffer.from(claims, 'base64url').toString()).toBe('{"iss":"kubernetes/serviceaccount","kubernetes.io/serviceaccount/namespace":"ns","kubernetes.io/serviceaccount/secret.name":"token","kubernetes.io/serviceaccount/service-account.name":"sa","kubernetes.io/serviceaccount/service-account.uid":"uid-sa","sub":"system:serviceaccount:ns:sa"}');
  expect(verify(`sha${algorithm.slice(2)}`, Buffer.from(`${header}.${claims}`), { key: createPublicKey(privateKey), dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))).toBe(true);
});
