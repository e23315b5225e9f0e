import { resourceFacts, type ResourceFacts } from '@kubernode/api';
import { type KubeObject, decodeYaml, encodeYaml, formatApiVersion } from '@kubernode/apimachinery';
import fc from 'fast-check';
import { compiledSchema } from '../../src/registry/object-schemas.ts';
import { decodeProtobuf, encodeProtobuf } from '../../src/registry/protobuf.ts';
import { arbitraryObject } from './arbitrary-object.ts';
import { startMemoryServer, type MemoryServer } from './memory-server.ts';
import { minimalObjects } from './minimal-objects.ts';

/** Objects of all kinds together; `make fuzz` asks for more. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 400);
const RUNS_PER_KIND = Math.ceil(RUNS / Object.keys(minimalObjects).length);
const TIMEOUT_MS = 20_000 + RUNS * 20;
const STRATEGIC = 'application/strategic-merge-patch+json';
const APPLY = 'application/apply-patch+yaml';

const kinds = Object.keys(minimalObjects).map((key) => {
  const [group = '', version = '', resource = ''] = key.split('/');
  const facts = resourceFacts({ group, version, resource });
  if (facts?.schema === undefined) throw new Error(`${key} has no schema`);
  return { key, facts, schema: facts.schema };
});

describe('objects of every kind', () => {
  let server: MemoryServer;
  let created = 0;
  beforeAll(async () => {
    server = await startMemoryServer();
    await server.send('POST', '/api/v1/namespaces', { body: { metadata: { name: 'default' } } });
  });
  afterAll(async () => { await server[Symbol.asyncDispose](); });

  const create = async (facts: ResourceFacts, fields: object): Promise<{ path: string; answer: Awaited<ReturnType<MemoryServer['send']>> }> => {
    const name = `o${++created}`;
    const collection = `/${facts.group === '' ? 'api' : 'apis'}/${formatApiVersion(facts)}${facts.namespaced ? '/namespaces/default' : ''}/${facts.resource}`;
    const body = { kind: facts.kind, apiVersion: formatApiVersion(facts), ...fields, metadata: { ...(fields as Partial<KubeObject>).metadata, name } };
    return { path: `${collection}/${name}`, answer: await server.send('POST', collection, { body }) };
  };

  it.each(kinds)('$key: the least is accepted', async ({ key, facts }) => {
    const { answer } = await create(facts, minimalObjects[key] ?? {});
    if (answer.status !== 201) throw new Error(answer.body.toString());
  });

  it.each(kinds)('$key: what is accepted stays as it is, however it is written or read again', async ({ key, facts, schema }) => {
    await fc.assert(fc.asyncProperty(arbitraryObject(schema, { metadata: {}, ...minimalObjects[key] }), async (fields) => {
      const { path, answer } = await create(facts, fields);
      if (answer.status !== 201) { expect([400, 422]).toContain(answer.status); return; } // refused for what it says
      const object = answer.json();
      const expectUnchanged = async (how: string, method: string, contentType: string, body: unknown, query = ''): Promise<KubeObject> => {
        const again = await server.send(method, `${path}${query}`, { contentType, body });
        if (again.status !== 200) throw new Error(`${how}: ${again.status} ${again.body.toString()}`);
        return again.json();
      };
      expect(normalised(schema, object)).toEqual(object); // nothing is left to default or to drop
      expect(decodeYaml(encodeYaml(object as never)).value).toEqual(object);
      const protobuf = encodeProtobuf(object);
      if (protobuf === undefined) throw new Error('there is no protobuf of it');
      expect(normalised(schema, { kind: object.kind, apiVersion: object.apiVersion, ...decodeProtobuf(protobuf).value })).toEqual(object);
      expect((await server.send('GET', path)).json()).toEqual(object);
      expect(await expectUnchanged('update', 'PUT', 'application/json', object)).toEqual(object);
      expect(await expectUnchanged('merge', 'PATCH', 'application/merge-patch+json', object)).toEqual(object);
      expect(await expectUnchanged('strategic merge', 'PATCH', STRATEGIC, object)).toEqual(object);
      const { managedFields: _, ...metadata } = object.metadata;
      const applied = { ...object, metadata: { ...metadata, resourceVersion: undefined } };
      const first = await expectUnchanged('apply', 'PATCH', APPLY, applied, '?fieldManager=m&force=true');
      expect(withoutManagers(first)).toEqual(withoutManagers(object));
      expect(await expectUnchanged('apply again', 'PATCH', APPLY, applied, '?fieldManager=m&force=true')).toEqual(first);
    }), { numRuns: RUNS_PER_KIND });
  }, TIMEOUT_MS);
});

/** What the server makes of an object that it reads. */
function normalised(schema: string, object: object): unknown {
  return JSON.parse(JSON.stringify(compiledSchema(schema)?.normalise(structuredClone(object) as Record<string, unknown>).object));
}

function withoutManagers({ metadata: { managedFields: _managers, resourceVersion: _version, ...metadata }, ...fields }: KubeObject): object {
  return { ...fields, metadata };
}
