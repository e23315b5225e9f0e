import { startEtcd, type EtcdProcess } from '@kubernode/testing';
import { startReplicas, type ReplicaUnderTest } from './api-servers.ts';
import { Fixtures, startJsonServer, testFolder, type JsonServer, type TestFolder } from './auth-server.ts';

interface CustomObject { kind: string; apiVersion: string; metadata: { name: string; resourceVersion: string; labels?: Record<string, string> }; spec?: Record<string, unknown> }
interface Condition { type: string; status: string; reason: string }
interface DefinitionObject { metadata: { name: string; finalizers?: string[] }; status: { conditions: Condition[]; storedVersions: string[] } }

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const mergePatch = { 'content-type': 'application/merge-patch+json' };
const specSchema = (properties: object): object => ({ openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } } });

/** A definition of things in a group of its own. */
function definitionOf(group: string, { versions, ...spec }: { versions?: object[]; [field: string]: unknown } = {}): { metadata: { name: string }; spec: object } {
  const names = { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingCollection', shortNames: ['th'] };
  return { metadata: { name: `things.${group}` }, spec: { group, scope: 'Namespaced', names, versions: versions ?? [{ name: 'v1', served: true, storage: true, schema: specSchema({ a: { type: 'string' }, n: { type: 'integer', default: 7 } }) }], ...spec } };
}

const things = (group: string, version = 'v1'): string => `/apis/${group}/${version}/namespaces/default/things`;
const thing = (group: string, name: string, spec: object, version = 'v1'): object => ({ apiVersion: `${group}/${version}`, kind: 'Thing', metadata: { name }, spec });

describe('custom resources', () => {
  let etcd: EtcdProcess;
  let cluster: Awaited<ReturnType<typeof startReplicas>>;
  let folder: TestFolder;
  let webhook: JsonServer;
  let first: ReplicaUnderTest;
  let second: ReplicaUnderTest;
  /** What the conversion webhook does with an object. */
  let convert: (object: CustomObject, apiVersion: string) => unknown = (object, apiVersion) => ({ ...object, apiVersion });
  const fixtures = new Fixtures();
  beforeAll(async () => {
    [folder, etcd] = await Promise.all([fixtures.use(testFolder()), fixtures.use(startEtcd())]);
    webhook = await fixtures.use(startJsonServer(await folder.certificate('webhook'), (_path, body) => {
      const { apiVersion, kind, request } = body as { apiVersion: string; kind: string; request: { uid: string; desiredAPIVersion: string; objects: CustomObject[] } }; // a ConversionReview
      return { body: { apiVersion, kind, response: { uid: request.uid, result: { status: 'Success' }, convertedObjects: request.objects.map((object) => convert(object, request.desiredAPIVersion)) } } };
    }));
    cluster = await fixtures.use(startReplicas(2, [etcd.endpoint]));
    [first, second] = cluster.replicas as [ReplicaUnderTest, ReplicaUnderTest];
  }, 60_000);
  afterAll(() => fixtures[Symbol.asyncDispose]());

  async function until(check: () => Promise<boolean>): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt++) {
      if (await check()) return;
      await new Promise((resolve) => { setTimeout(resolve, 25); });
    }
    throw new Error('it never came');
  }

  async function establish(definition: { metadata: { name: string } }, replica = first): Promise<void> {
    const { status, body } = await replica.request('POST', definitions, { body: definition });
    if (status !== 201) throw new Error(body.toString());
    await until(async () => (await read(definition.metadata.name)).status.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True') === true);
  }

  async function read(name: string): Promise<DefinitionObject> {
    return (await first.request('GET', `${definitions}/${name}`)).json<DefinitionObject>();
  }

  test('are served by every replica as soon as anybody can know them established', async () => {
    await establish(definitionOf('a.example.com'), second);
    const created = await first.request('POST', things('a.example.com'), { body: thing('a.example.com', 'x', { a: '1', gone: true }) });
    expect([created.status, created.json<CustomObject>().spec]).toEqual([201, { a: '1', n: 7 }]);
    for (const replica of cluster.replicas) expect((await replica.request('GET', `${things('a.example.com')}/x`)).json<CustomObject>()).toEqual(created.json<CustomObject>());
    expect((await second.request('GET', things('a.example.com'))).json<{ kind: string; items: CustomObject[] }>()).toMatchObject({ kind: 'ThingCollection', items: [{ kind: 'Thing', metadata: { name: 'x' } }] });
    for (const replica of cluster.replicas) {
      await until(async () => (await replica.request('GET', '/apis')).json<{ groups: { name: string }[] }>().groups.some(({ name }) => name === 'a.example.com'));
      expect((await replica.request('GET', '/openapi/v3/apis/a.example.com/v1')).status).toBe(200);
    }
    expect((await first.request('GET', '/apis/apiregistration.k8s.io/v1/apiservices/v1.a.example.com')).status).toBe(200);
  }, 60_000);

  test('take the names that are free, and the others once they are', async () => {
    await establish(definitionOf('names.example.com'));
    const rival = { ...definitionOf('names.example.com'), metadata: { name: 'others.names.example.com' } };
    Object.assign(rival.spec, { names: { plural: 'others', singular: 'other', kind: 'Thing', listKind: 'OtherList' } });
    expect((await second.request('POST', definitions, { body: rival })).status).toBe(201);
    await until(async () => (await read(rival.metadata.name)).status.conditions?.some(({ type, reason }) => type === 'NamesAccepted' && reason === 'KindConflict') === true);
    expect((await first.request('GET', '/apis/names.example.com/v1/namespaces/default/others')).status).toBe(404);
    await second.request('DELETE', `${definitions}/things.names.example.com`);
    await until(async () => (await first.request('GET', '/apis/names.example.com/v1/namespaces/default/others')).status === 200);
  }, 60_000);

  test('see their stored objects in the shape of today\'s schema, and watches of yesterday\'s end', async () => {
    const group = 'changing.example.com';
    await establish(definitionOf(group));
    await first.request('POST', things(group), { body: thing(group, 'x', { a: 'old' }) });
    const watching = first.watch(`${things(group)}?watch=1&timeoutSeconds=30`, 5);
    await new Promise((resolve) => { setTimeout(resolve, 1_000); });
    const changed = definitionOf(group, { versions: [{ name: 'v1', served: true, storage: true, schema: specSchema({ n: { type: 'integer' }, added: { type: 'string', default: 'new' } }) }] });
    expect((await second.request('PATCH', `${definitions}/things.${group}`, { body: { spec: changed.spec }, headers: mergePatch })).status).toBe(200);
    expect((await watching).map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(['ADDED']);
    for (const replica of cluster.replicas) await until(async () => JSON.stringify((await replica.request('GET', `${things(group)}/x`)).json<CustomObject>().spec) === '{"n":7,"added":"new"}');
  }, 60_000);

  test('are converted by the webhook of their definition, each way, watched too', async () => {
    const group = 'hooked.example.com';
    convert = ({ spec: { a, b, ...spec } = {}, ...object }, apiVersion) => ({ ...object, apiVersion, metadata: { ...object.metadata, labels: { via: apiVersion.replace('/', '-') } }, spec: apiVersion.endsWith('/v2') ? { ...spec, b: `v2:${String(a)}` } : { ...spec, a: String(b).replace('v2:', '') } });
    await establish(definitionOf(group, {
      versions: [{ name: 'v1', served: true, storage: true, schema: specSchema({ a: { type: 'string' } }) }, { name: 'v2', served: true, storage: false, schema: specSchema({ b: { type: 'string' } }) }],
      conversion: { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig: { url: `${webhook.url}/convert`, caBundle: Buffer.from(folder.authority.certificate).toString('base64') } } },
    }));
    const one = await first.request('POST', things(group, 'v1'), { body: thing(group, 'x', { a: '1' }) });
    expect(one.status).toBe(201);
    const asSecond = (await second.request('GET', `${things(group, 'v2')}/x`)).json<CustomObject>();
    expect([asSecond.apiVersion, asSecond.spec, asSecond.metadata.labels]).toEqual([`${group}/v2`, { b: 'v2:1' }, { via: `${group}-v2` }]);
    const two = await second.request('POST', things(group, 'v2'), { body: thing(group, 'y', { b: 'v2:2' }, 'v2') });
    expect([two.status, two.json<CustomObject>().spec]).toEqual([201, { b: 'v2:2' }]);
    expect((await first.request('GET', `${things(group, 'v1')}/y`)).json<CustomObject>().spec).toEqual({ a: '2' });
    const list = (await first.request('GET', `${things(group, 'v2')}?labelSelector=via%3D${group}-v2&limit=1`)).json<{ items: CustomObject[]; metadata: { continue: string } }>();
    expect([list.items.map(({ metadata }) => metadata.name), list.metadata.continue]).toEqual([['x'], expect.stringMatching(/./)]);
    const { metadata: { resourceVersion } } = (await second.request('GET', things(group, 'v2'))).json<{ metadata: { resourceVersion: string } }>();
    const watching = second.watch(`${things(group, 'v2')}?watch=1&resourceVersion=${resourceVersion}`, 1);
    await first.request('DELETE', `${things(group, 'v1')}/x`);
    expect((await watching).map((line) => JSON.parse(line) as { type: string; object: CustomObject }).map(({ type, object }) => [type, object.metadata.name, object.spec?.['b']])).toEqual([['DELETED', 'x', 'v2:1']]);
    convert = (object, apiVersion) => ({ ...object, apiVersion, metadata: { ...object.metadata, name: 'stranger' } });
    const refused = await second.request('PUT', `${things(group, 'v2')}/y`, { body: { ...two.json<CustomObject>(), spec: { b: 'v2:3' } } });
    expect([refused.status, refused.json<{ message: string }>().message]).toEqual([500, `conversion webhook for ${group}/v2, Kind=Thing returned invalid object: must have the same name: y != stranger`]);
  }, 60_000);

  test('move to another stored version when they are written, changed or not', async () => {
    const group = 'moving.example.com';
    const versions = (stored: string): object[] => ['v1', 'v2'].map((name) => ({ name, served: true, storage: name === stored, schema: specSchema({ a: { type: 'string' } }) }));
    await establish(definitionOf(group, { versions: versions('v1') }));
    const created = (await first.request('POST', things(group), { body: thing(group, 'x', { a: '1' }) })).json<CustomObject>();
    await first.request('PATCH', `${definitions}/things.${group}`, { body: { spec: { versions: versions('v2') } }, headers: mergePatch });
    await until(async () => (await read(`things.${group}`)).status.storedVersions.join() === 'v1,v2');
    await until(async () => {
      const rewritten = await first.request('PATCH', `${things(group)}/x`, { body: {}, headers: mergePatch });
      return rewritten.json<CustomObject>().metadata.resourceVersion !== created.metadata.resourceVersion;
    });
    const moved = (await second.request('GET', `${things(group)}/x`)).json<CustomObject>();
    const again = (await first.request('PATCH', `${things(group)}/x`, { body: {}, headers: mergePatch })).json<CustomObject>();
    expect([moved.apiVersion, moved.spec, again.metadata.resourceVersion]).toEqual([`${group}/v1`, { a: '1' }, moved.metadata.resourceVersion]);
  }, 60_000);

  test('go before their definition does, and whoever is held holds it', async () => {
    const group = 'ending.example.com';
    await establish(definitionOf(group));
    await first.request('POST', things(group), { body: thing(group, 'free', {}) });
    await first.request('POST', things(group), { body: { ...thing(group, 'held', {}), metadata: { name: 'held', finalizers: ['example.com/hold'] } } });
    expect((await second.request('DELETE', `${definitions}/things.${group}`)).json<DefinitionObject>().metadata.finalizers).toEqual(['customresourcecleanup.apiextensions.k8s.io']);
    await until(async () => (await first.request('GET', `${things(group)}/free`)).status === 404);
    await until(async () => (await second.request('POST', things(group), { body: thing(group, 'new', {}) })).status === 403);
    expect((await first.request('GET', `${things(group)}/held`)).status).toBe(200);
    await first.request('PATCH', `${things(group)}/held`, { body: { metadata: { finalizers: null } }, headers: mergePatch });
    for (const replica of cluster.replicas) await until(async () => (await replica.request('GET', things(group))).status === 404);
    expect((await first.request('GET', `${definitions}/things.${group}`)).status).toBe(404);
    await until(async () => (await second.request('GET', `/apis/apiregistration.k8s.io/v1/apiservices/v1.${group}`)).status === 404);
    await establish(definitionOf(group));
    expect((await second.request('GET', things(group))).json<{ items: unknown[] }>().items).toEqual([]);
  }, 60_000);
});
