// What this server writes can be read by a kube-apiserver 1.36.2: its values are those that one read, and its lists are those that one answered.
// KUBE_APISERVER=PROGRAM starts one on the same etcd (3.5 or newer: KUBERNODE_TEST_ETCD=PROGRAM), compares every list with it object by object, and makes
// the recording anew.
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { KubeObject } from '@kubernode/apimachinery';
import { systemClock } from '@kubernode/base';
import { createEtcdClient, prefixRangeEnd, type EtcdClient } from '@kubernode/rpc';
import { Fixtures, freePort, startEtcd } from '@kubernode/testing';
import { startReplicas, TOKEN, type Answer, type ReplicaUnderTest } from './api-servers.ts';

/** `values` by etcd's key, `lists` by the path; without what is another each time. */
interface Recorded { values: Record<string, unknown>; lists: Record<string, unknown[]> }
type Lists = Record<string, KubeObject[]>;

const testdata = (name: string): string => path.join(import.meta.dirname, '../testdata', name);
const RECORDING = testdata('written-values-1.36.2.json.gz');
const kubeApiServer = process.env['KUBE_APISERVER'];
const NAMESPACE = 'shop';
/** Others need them, so they come first, in this order. */
const FIRST = ['apiextensions.k8s.io/v1/customresourcedefinitions', 'v1/namespaces', 'v1/serviceaccounts', 'scheduling.k8s.io/v1/priorityclasses', 'node.k8s.io/v1/runtimeclasses', 'storage.k8s.io/v1/storageclasses', 'v1/persistentvolumes', 'v1/nodes', 'networking.k8s.io/v1/servicecidrs'];
/** These judge and change others, so they come last. */
const LAST = /^admissionregistration|\/resourcequotas$|\/limitranges$/;
/** Written by the server for others, or second views. */
const OWN = /\/ipaddresses$|\/events$|\/apiservices$|^autoscaling\/v1\/|\/v1beta1\/gadgets$/;
/** What the server says itself, or takes by another way. */
const OWN_STATUS = /\/(customresourcedefinitions|certificatesigningrequests)$/;
/** The server says their status itself, at a moment of its own: before or after a client does. */
const OWN_CONDITIONS = /\/flowschemas(\/|$)/;
/** Of servers that run, each for itself. */
const OF_SERVERS = /^\/api\/v1\/(endpoints|componentstatuses)$|\/(endpointslices|events)$|^\/apis\/(coordination\.k8s\.io\/v1\/leases|apiregistration\.k8s\.io\/)/;
const READY_MS = 120_000;

const fixtures = new Fixtures();
let [folder, endpoint] = ['', ''];
let etcd: EtcdClient;
let server: ReplicaUnderTest;
let corpus: [string, KubeObject][];
/** Uids of what a client created; the rest the server has made itself. */
const created = new Set<string>();

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kubernode-way-back-'));
  ({ endpoint } = await fixtures.use(startEtcd()));
  etcd = createEtcdClient({ endpoints: [endpoint] });
  const { replicas } = await fixtures.use(startReplicas(1, [endpoint], ['--service-cluster-ip-range=10.96.0.0/24', '--disable-admission-plugins=ServiceAccount']));
  server = replicas[0] as ReplicaUnderTest; // one was started
  const { lists } = JSON.parse(gunzipSync(await readFile(testdata('kube-apiserver-1.36.2.json.gz'))).toString('utf8')) as { lists: Lists }; // our own file
  corpus = inOrder(lists);
  const refusals: string[] = [];
  for (const [resource, object] of corpus) refusals.push(...await write(resource, object));
  expect(refusals).toEqual([]);
}, 240_000);

afterAll(async () => {
  etcd.close();
  await fixtures[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

function inOrder(lists: Lists): [string, KubeObject][] {
  const rank = (resource: string): number => (LAST.test(resource) ? FIRST.length + 1 : FIRST.includes(resource) ? FIRST.indexOf(resource) : FIRST.length);
  const names = Object.keys(lists).filter((name) => !OWN.test(name)).sort((a, b) => rank(a) - rank(b));
  return names.flatMap((resource) => (lists[resource] ?? []).filter(({ metadata: { name, namespace } }) => (namespace === undefined || namespace === NAMESPACE) && !name.startsWith('system:')).map((object): [string, KubeObject] => [resource, object]));
}

/** Creates it, as a client would, and gives it its status; what is refused. What the server has made itself stays so. */
async function write(resource: string, { metadata: { name, namespace, labels, annotations, ownerReferences, finalizers }, ...object }: KubeObject): Promise<string[]> {
  const collection = listPath(resource, namespace);
  const body = asGiven(resource, { ...object, metadata: { name, ...(namespace !== undefined && { namespace }), ...(labels && { labels }), ...(annotations && { annotations }), ...(ownerReferences && { ownerReferences }), ...(finalizers && { finalizers }) } });
  const post = (): Promise<Answer> => server.request('POST', collection, { body });
  let answer = await post();
  for (let waitedMs = 0; answer.status === 404 && waitedMs < READY_MS; waitedMs += 100) { await systemClock.sleep(100); answer = await post(); } // of a definition that is served soon
  if (answer.status === 409) return [];
  if (answer.status !== 201) return [`${resource} ${name}: ${answer.json<{ message: string }>().message}`];
  created.add(answer.json<KubeObject>().metadata.uid ?? '');
  if (!('status' in object) || OWN_STATUS.test(resource)) return [];
  const written = await server.request('PUT', `${collection}/${name}/status`, { body: { ...answer.json<KubeObject>(), status: object.status } });
  return [200, 404, 405].includes(written.status) ? [] : [`status of ${resource} ${name}: ${written.json<{ message: string }>().message}`];
}

/** Without what servers add to a new object and then take from nobody. */
function asGiven(resource: string, object: KubeObject): KubeObject {
  const spec = object['spec'] as { selector?: unknown; affinity?: unknown; template?: { metadata?: { labels?: unknown } } } | undefined; // of the two kinds
  if (resource === 'v1/pods') delete spec?.affinity; // pods of a ReplicaSet have their hash in it twice
  if (resource === 'batch/v1/jobs') { delete spec?.selector; delete spec?.template?.metadata?.labels; }
  return object;
}

test('what it writes is what a kube-apiserver read, and it lists that as that one did', async () => {
  const [values, lists] = [await writtenValues(), await everyList((target) => server.request('GET', target).then((answer) => answer.json()))];
  if (kubeApiServer !== undefined) {
    const [ours, theirs] = [ofCorpus(lists), ofCorpus(await listsOf(kubeApiServer))];
    const differ = (target: string): boolean => !isDeepStrictEqual(ours[target], theirs[target]);
    const different = Object.keys(theirs).filter(differ);
    expect(Object.fromEntries(different.map((target) => [target, ours[target]]))).toEqual(Object.fromEntries(different.map((target) => [target, theirs[target]])));
    await writeFile(RECORDING, gzipSync(JSON.stringify(anonymous({ values, lists: theirs })), { level: 9 }));
  }
  const recorded = JSON.parse(gunzipSync(await readFile(RECORDING)).toString('utf8')) as Recorded; // our own file
  expect(comparable(anonymous(values))).toEqual(comparable(recorded.values));
  expect(comparable(anonymous(ofCorpus(lists)))).toEqual(comparable(recorded.lists));
}, 300_000);

const isOfCorpus = ({ metadata: { name, namespace } }: KubeObject): boolean => (namespace === undefined || namespace === NAMESPACE) && corpus.some(([, { metadata }]) => metadata.name === name);

/** Which of its parts wrote a server's own object is the server's own affair. */
function withoutOwnManagers(object: KubeObject): KubeObject {
  if (created.has(object.metadata.uid ?? '')) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** By etcd's key or the list's path. */
function comparable(byPlace: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(byPlace).map(([place, what]) => {
    const form = OWN_CONDITIONS.test(place) ? withoutOwnConditions : withSortedManagers;
    return [place, Array.isArray(what) ? (what as KubeObject[]).map(form) : form(what as KubeObject)]; // objects or lists of them
  }));
}

/** Of what has conditions of a server's own only the rest. */
function withoutOwnConditions({ status: _status, ...object }: KubeObject & { status?: unknown }): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Their order is that of whole seconds first: it depends on whether one passed between a creation and its status. */
function withSortedManagers(object: KubeObject): KubeObject {
  const { managedFields, ...metadata } = object.metadata;
  const name = ({ manager, subresource = '' }: { manager?: string; subresource?: string }): string => `${manager} ${subresource}`;
  return managedFields === undefined ? object : { ...object, metadata: { ...metadata, managedFields: managedFields.toSorted((a, b) => (name(a) < name(b) ? -1 : 1)) } };
}

/** Values of the objects that were written. */
async function writtenValues(): Promise<Record<string, unknown>> {
  const { kvs } = await etcd.range({ key: '/registry/', rangeEnd: prefixRangeEnd('/registry/') });
  const objects = kvs.filter(({ value }) => value[0] === 0x7b).map(({ key, value }): [string, KubeObject] => [key, JSON.parse(value.toString('utf8')) as KubeObject]); // JSON of objects
  return Object.fromEntries(objects.filter(([, object]) => isOfCorpus(object)).map(([key, object]) => [key, withoutOwnManagers(object)]));
}

function ofCorpus(lists: Lists): Lists {
  return Object.fromEntries(Object.entries(lists).filter(([target]) => !OF_SERVERS.test(target)).map(([target, items]) => [target, items.filter(isOfCorpus).map(withoutOwnManagers)]));
}

/** Without uids, times and revisions. */
function anonymous<T>(value: T): T {
  const text = JSON.stringify(value).replaceAll(/"resourceVersion":"\d+"/g, '"resourceVersion":""').replaceAll(/"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"/g, '"UID"').replaceAll(/"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"/g, '"TIME"');
  return JSON.parse(text) as T; // the same form
}

/** Every resource that a server lists, by the path. */
async function everyList(get: (target: string) => Promise<unknown>): Promise<Lists> {
  const { groups } = await get('/apis') as { groups: { versions: { groupVersion: string }[] }[] }; // discovery
  const lists: Lists = {};
  for (const prefix of ['/api/v1', ...groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => `/apis/${groupVersion}`))]) {
    const { resources = [] } = await get(prefix) as { resources?: { name: string; verbs: string[] }[] }; // none of a version that is only now served
    for (const { name } of resources.filter((one) => one.verbs.includes('list') && !one.name.includes('/'))) lists[`${prefix}/${name}`] = await itemsOf(`${prefix}/${name}`, get);
  }
  return lists;
}

/** Sorted by name. A server that has just started refuses some lists for a while. */
async function itemsOf(target: string, get: (target: string) => Promise<unknown>): Promise<KubeObject[]> {
  let answer: { items?: KubeObject[] } = {};
  for (let waitedMs = 0; answer.items === undefined && waitedMs < READY_MS; waitedMs += 200) {
    if (waitedMs > 0) await systemClock.sleep(200);
    answer = await get(target) as typeof answer; // a list, or a refusal
  }
  if (answer.items === undefined) throw new Error(`${target}: ${JSON.stringify(answer)}`);
  return answer.items.toSorted((a, b) => keyOf(a).localeCompare(keyOf(b)));
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

/** What a kube-apiserver lists on the same etcd. */
async function listsOf(program: string): Promise<Lists> {
  const port = await freePort();
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });
  for (const [name, text] of Object.entries({ 'sa.key': privateKey, 'sa.pub': publicKey, 'tokens.csv': `${TOKEN},admin,1,"system:masters"\n` })) await writeFile(path.join(folder, name), text, { mode: 0o600 });
  const child = spawn(program, [
    `--etcd-servers=${endpoint}`, `--secure-port=${port}`, '--bind-address=127.0.0.1', `--cert-dir=${folder}`, `--token-auth-file=${folder}/tokens.csv`, '--authorization-mode=RBAC', '--service-cluster-ip-range=10.96.0.0/24',
    '--service-account-issuer=https://kubernetes.default.svc', `--service-account-key-file=${folder}/sa.pub`, `--service-account-signing-key-file=${folder}/sa.key`,
  ], { stdio: 'ignore' });
  const get = (target: string): Promise<unknown> => new Promise((resolve, reject) => {
    https.get({ host: '127.0.0.1', port, path: target, rejectUnauthorized: false, headers: { authorization: `Bearer ${TOKEN}` } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => { const text = Buffer.concat(chunks).toString('utf8'); resolve(text.startsWith('{') ? JSON.parse(text) : text); });
    }).on('error', reject);
  });
  try {
    for (let waitedMs = 0; waitedMs < READY_MS && (await get('/readyz').catch(() => undefined)) !== 'ok'; waitedMs += 200) await systemClock.sleep(200);
    return await everyList(get);
  } finally {
    const ended = new Promise((resolve) => { child.once('exit', resolve); });
    child.kill('SIGTERM');
    await ended;
  }
}

function listPath(resource: string, namespace?: string): string {
  const [name = '', ...groupVersion] = resource.split('/').reverse();
  return `/${groupVersion.length === 1 ? 'api' : 'apis'}/${groupVersion.reverse().join('/')}/${namespace === undefined ? '' : `namespaces/${namespace}/`}${name}`;
}
