// What a kube-apiserver 1.36.2 wrote, as protobuf, as JSON and encrypted, is served here as it was there, and what is written back can be read there.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseApiVersion, type KubeObject } from '@kubernode/apimachinery';
import { createEtcdClient, prefixRangeEnd, type EtcdClient } from '@kubernode/rpc';
import { Fixtures, startEtcd } from '@kubernode/testing';
import { encodeProtobuf } from '../src/registry/protobuf.ts';
import { storedValueReader } from '../src/registry/stored-values.ts';
import { strategies } from '../src/registry/strategies.ts';
import { startReplicas, type Answer, type ReplicaUnderTest } from './api-servers.ts';

/** Recorded from a kube-apiserver: its keys of etcd as base64, and the lists that it answered. Keys of encryption and of accounts are of that cluster alone. */
interface Recorded { encryption: string; serviceAccountKey: string; token: string; keys: Record<string, string>; lists: Record<string, KubeObject[]> }

/** API servers write these when they start, ours as theirs. */
const WRITTEN_AT_START = /^v1\/endpoints default\/kubernetes|endpointslices default\/kubernetes|kube-system\/extension-apiserver-authentication|apiservices \/v1\.far\.example\.com|\/leases kube-system\//;
/** Of custom resources there is no protobuf. */
const CUSTOM = /^adopt\.example\.com\//;
/** Second views of objects that are written by their first. */
const VIEW = /^events\.k8s\.io\/|^autoscaling\/v1\/|\/v1beta1\/gadgets$/;
const NODE_PORTS = 20;

const fixtures = new Fixtures();
let recorded: Recorded;
let folder: string;
let etcd: EtcdClient;
let server: ReplicaUnderTest;

beforeAll(async () => {
  recorded = JSON.parse(gunzipSync(await readFile(path.join(import.meta.dirname, '../testdata/kube-apiserver-1.36.2.json.gz'))).toString('utf8')) as Recorded; // our own file
  folder = await mkdtemp(path.join(tmpdir(), 'kubernode-adoption-'));
  await Promise.all([writeFile(path.join(folder, 'encryption.yaml'), recorded.encryption), writeFile(path.join(folder, 'sa.pub'), recorded.serviceAccountKey)]);
  const { endpoint } = await fixtures.use(startEtcd());
  etcd = createEtcdClient({ endpoints: [endpoint] });
  for (const [key, value] of Object.entries(recorded.keys)) await etcd.put({ key, value: Buffer.from(value, 'base64') });
  const { replicas } = await fixtures.use(startReplicas(1, [endpoint], [
    `--encryption-provider-config=${path.join(folder, 'encryption.yaml')}`, `--service-account-key-file=${path.join(folder, 'sa.pub')}`, '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    '--service-cluster-ip-range=10.96.0.0/24', `--service-node-port-range=30077-${30077 + NODE_PORTS - 1}`,
  ]));
  server = replicas[0] as ReplicaUnderTest; // one was started
}, 120_000);

afterAll(async () => {
  etcd.close();
  await fixtures[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

test('the recording has every form of a value', () => {
  const forms = Object.values(recorded.keys).map((value) => Buffer.from(value, 'base64').toString('latin1').slice(0, 15));
  for (const form of ['k8s\0', '{', 'k8s:enc:secretb', 'k8s:enc:aescbc:']) expect(forms.filter((one) => one.startsWith(form)).length).toBeGreaterThanOrEqual(2);
});

test('every object is listed as the kube-apiserver listed it', async () => {
  for (const [resource, items] of Object.entries(recorded.lists)) {
    const answer = await server.request('GET', listPath(resource));
    expect([resource, answer.status]).toEqual([resource, 200]);
    const found = new Map(answer.json<{ items: KubeObject[] }>().items.map((object) => [nameOf(object), object]));
    for (const item of items) {
      const name = `${resource} ${nameOf(item)}`;
      if (!WRITTEN_AT_START.test(name)) expect({ name, object: withoutRevision(found.get(nameOf(item))) }).toEqual({ name, object: withoutRevision(item) });
    }
  }
}, 120_000);

test('a token of the cluster is good for what its roles allow', async () => {
  const asClerk = { headers: { authorization: `Bearer ${recorded.token}` } };
  const answers = await Promise.all(['configmaps', 'secrets'].map((resource) => server.request('GET', `/api/v1/namespaces/shop/${resource}`, asClerk)));
  expect(answers.map(({ status }) => status)).toEqual([200, 403]);
});

test('a write of the same brings a value into the form of this server, and only once; a patch keeps all else, reaches watchers, and loses nothing in protobuf', async () => {
  for (const [resource, items] of Object.entries(recorded.lists).filter(([name]) => !VIEW.test(name))) {
    for (const item of items.filter(({ metadata: { namespace } }) => namespace === 'shop')) {
      const object = `${listPath(resource, 'shop')}/${item.metadata.name}`;
      const put = async (body: KubeObject): Promise<KubeObject> => (await server.request('PUT', object, { body })).json<KubeObject>();
      const read = (await server.request('GET', object)).json<KubeObject>();
      const before = await put(read);
      expect(withoutRevision(before)).toEqual(withoutRevision(read));
      const { resourceVersion = '' } = await put(before).then(({ metadata }) => metadata);
      expect([object, resourceVersion]).toEqual([object, before.metadata.resourceVersion]);
      const watching = server.watch(`${listPath(resource, 'shop')}?watch=1&resourceVersion=${resourceVersion}&fieldSelector=metadata.name%3D${item.metadata.name}`, 1);
      const patched = await server.request('PATCH', object, { body: { metadata: { annotations: { adopted: 'yes' } } }, headers: { 'content-type': 'application/merge-patch+json' } });
      expect([object, patched.status]).toEqual([object, 200]);
      const after = patched.json<KubeObject>();
      const { metadata: { annotations = {} } } = before;
      expect(withoutRevision(after)).toEqual({ ...withoutRevision(before), metadata: { ...withoutRevision(before)?.metadata, annotations: { ...annotations, adopted: 'yes' }, managedFields: after.metadata.managedFields, ...(after.metadata.generation !== undefined && { generation: after.metadata.generation }) } }); // of deployments annotations count as well
      expect(JSON.parse((await watching)[0] ?? '{}')).toEqual({ type: 'MODIFIED', object: after });
      if (!CUSTOM.test(resource)) expect(decodedAsTheirs(resource, after)).toEqual(withoutRevision(after));
    }
  }
}, 240_000);

test('what was encrypted stays so, by the key that writes', async () => {
  for (const [key, form] of [['secrets/shop/sealed-a', 'k8s:enc:secretbox:v1:box1:'], ['configmaps/shop/sealed-a', 'k8s:enc:aescbc:v1:cbc2:']] as const) {
    const { kvs } = await etcd.range({ key: `/registry/${key}` });
    expect(kvs[0]?.value.toString('latin1').slice(0, form.length)).toBe(form);
  }
});

test('no address and no port of nodes is given a second time', async () => {
  const services = (await server.request('GET', '/api/v1/services')).json<{ items: Service[] }>().items;
  const taken = new Set(services.flatMap(({ spec }) => [spec.clusterIP, ...portsOf(spec)]));
  expect([await refusal({ clusterIP: '10.96.0.77' }), await refusal({ type: 'NodePort', ports: [{ port: 80, nodePort: 30077 }] })]).toEqual([expect.stringContaining('provided IP is already allocated'), expect.stringContaining('provided port is already allocated')]);
  const free = NODE_PORTS - [...taken].filter((one) => typeof one === 'number' && one >= 30077 && one < 30077 + NODE_PORTS).length;
  for (let n = 0; n < free; n++) {
    const { spec } = (await create({ type: 'NodePort', ports: [{ port: 80 }] })).json<Service>();
    for (const one of [spec.clusterIP, ...portsOf(spec)]) {
      expect([one, taken.has(one)]).toEqual([one, false]);
      taken.add(one);
    }
  }
  expect(await refusal({ type: 'NodePort', ports: [{ port: 80 }] })).toContain('failed to allocate a nodePort: range is full');
  await server.request('DELETE', '/api/v1/namespaces/shop/services/ported');
  expect((await create({ clusterIP: '10.96.0.77', type: 'NodePort', ports: [{ port: 80, nodePort: 30077 }] })).status).toBe(201);
}, 120_000);

test('what is deleted is gone from etcd, once its finalizers are', async () => {
  const pod = '/api/v1/namespaces/shop/pods/bound', gadget = '/apis/adopt.example.com/v1/namespaces/shop/gadgets/big';
  expect((await server.request('DELETE', gadget)).status).toBe(200);
  expect((await server.request('DELETE', `${pod}?gracePeriodSeconds=0`)).json<KubeObject>().metadata.finalizers).toEqual(['example.com/hold']);
  await server.request('PATCH', pod, { body: { metadata: { finalizers: null } }, headers: { 'content-type': 'application/merge-patch+json' } });
  const { kvs } = await etcd.range({ key: '/registry/', rangeEnd: prefixRangeEnd('/registry/'), keysOnly: true });
  expect(kvs.map(({ key }) => key).filter((key) => /\/shop\/(bound|big)$/.test(key))).toEqual([]);
});

interface Service extends KubeObject { spec: { clusterIP: string; healthCheckNodePort?: number; ports?: { nodePort?: number }[] } }
const portsOf = ({ healthCheckNodePort, ports = [] }: Service['spec']): number[] => [healthCheckNodePort, ...ports.map(({ nodePort }) => nodePort)].filter((port) => port !== undefined);
const create = (spec: object): Promise<Answer> => server.request('POST', '/api/v1/namespaces/default/services', { body: { metadata: { generateName: 'new-' }, spec: { ports: [{ port: 80 }], ...spec } } });
const refusal = async (spec: object): Promise<string> => (await create(spec)).json<{ message: string }>().message;

const nameOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

function listPath(resource: string, namespace?: string): string {
  const [name = '', ...groupVersion] = resource.split('/').reverse();
  return `/${groupVersion.length === 1 ? 'api' : 'apis'}/${groupVersion.reverse().join('/')}/${namespace === undefined ? '' : `namespaces/${namespace}/`}${name}`;
}

/** What is left of an object in Kubernetes' protobuf. */
function decodedAsTheirs(resource: string, object: KubeObject): unknown {
  const { kind, apiVersion } = object;
  const { group, version } = parseApiVersion(apiVersion);
  const name = path.basename(resource);
  return JSON.parse(storedValueReader({ group, version, kind }, strategies.get(group === '' ? name : `${name}.${group}`)?.defaults)(encodeProtobuf(object) ?? Buffer.alloc(0), '').toString('utf8'));
}

/** Revisions are of the etcd that it was loaded into. */
function withoutRevision(object: KubeObject | undefined): KubeObject | undefined {
  if (object === undefined) return undefined;
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
