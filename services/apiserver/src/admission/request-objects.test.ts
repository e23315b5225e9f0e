import { type JsonObject, type KubeObject, StatusError } from '@kubernode/apimachinery';
import type { ServedResource } from '../registry/served-resource.ts';
import type { AdmissionAttributes } from './admission.ts';
import type { MatchedResource } from './matching/match-rules.ts';
import { ObjectVersions } from './object-versions.ts';
import { RequestObjects } from './request-objects.ts';

interface Widget extends KubeObject { size?: number; width?: number }

const GROUP = 'example.com';
const asked: string[] = [];

/** v1 says `size`, v2 says `width`: only a webhook knows. */
async function convert(object: JsonObject, apiVersion: string): Promise<JsonObject> {
  asked.push(apiVersion);
  const { size, width, apiVersion: _before, ...rest } = object;
  if ((size ?? width) === 13) throw new StatusError({ code: 500, message: 'conversion webhook failed' });
  return { ...rest, apiVersion, unknown: true, [apiVersion.endsWith('v1') ? 'size' : 'width']: size ?? width ?? null };
}

function served(version: string, field: string): ServedResource {
  const schema = { type: 'object', properties: { [field]: { type: 'integer' }, color: { type: 'string', default: 'red' } } };
  return { kind: { group: GROUP, version, kind: 'Widget' }, facts: { group: GROUP, version, resource: 'widgets' }, storage: { strategy: {} }, custom: { schema, keepsUnknown: false, convert } } as unknown as ServedResource; // what admission looks at
}

const VERSIONS: Readonly<Record<string, ServedResource>> = { v1: served('v1', 'size'), v2: served('v2', 'width') };
const versions = new ObjectVersions((_group, version) => VERSIONS[version]);
const matched = (version: string): MatchedResource => ({ group: GROUP, version, resource: 'widgets', kind: { group: GROUP, version, kind: 'Widget' } });

function updating(width: number): AdmissionAttributes & { object: Widget } {
  const widget = (value: number): Widget => ({ kind: 'Widget', apiVersion: `${GROUP}/v2`, metadata: { name: 'w', uid: 'u' }, width: value });
  return {
    operation: 'UPDATE', user: { name: 'u', uid: '', groups: [], extra: {} }, ...matched('v2'), subresource: '', namespace: '', name: 'w', object: widget(width), oldObject: widget(1), dryRun: false, options: {}, warn: () => undefined, annotate: () => undefined,
  };
}

beforeEach(() => { asked.length = 0; });

describe('RequestObjects', () => {
  it('shows the version of the request as it is, and makes others once', async () => {
    const attributes = updating(2);
    const objects = new RequestObjects(attributes, versions);
    expect((await objects.in(matched('v2'))).object).toBe(attributes.object);
    expect(await objects.in(matched('v1'))).toMatchObject({ object: { apiVersion: 'example.com/v1', size: 2 }, oldObject: { size: 1 } });
    await objects.in(matched('v1'));
    expect([asked, attributes.object]).toEqual([['example.com/v1', 'example.com/v1'], updating(2).object]);
  });

  it('brings changes back when another version is asked for, and only then', async () => {
    const attributes = updating(2);
    const { object } = attributes;
    const objects = new RequestObjects(attributes, versions);
    await objects.in(matched('v1'));
    expect(objects.change({ kind: 'Widget', apiVersion: 'example.com/v1', metadata: { name: 'w', uid: 'u' }, size: 3 }, matched('v1'))).toBe(true);
    expect([(await objects.in(matched('v1'))).object, object.width, (objects.current.object as Widget).size]).toMatchObject([{ size: 3, color: 'red' }, 2, 3]);
    expect((await objects.in(matched('v2'))).object).toBe(object);
    expect([object, asked]).toEqual([{ kind: 'Widget', apiVersion: 'example.com/v2', metadata: { name: 'w', uid: 'u' }, width: 3, color: 'red' }, ['example.com/v1', 'example.com/v1', 'example.com/v2']]); // what the version does not know is gone
  });

  it('counts what was given back as it came as no change', async () => {
    const objects = new RequestObjects(updating(2), versions);
    const { object } = await objects.in(matched('v1'));
    expect(objects.change(structuredClone(object), matched('v1'))).toBe(false);
  });

  it('tells of conversions that fail, there and back', async () => {
    await expect(new RequestObjects(updating(13), versions).in(matched('v1'))).rejects.toMatchObject({ message: 'conversion webhook failed' });
    const objects = new RequestObjects(updating(2), versions);
    objects.change({ ...(await objects.in(matched('v1'))).object, size: 13 }, matched('v1'));
    await expect(objects.settle()).rejects.toMatchObject({ message: 'conversion webhook failed' });
  });
});

describe('kinds of subresources', () => {
  const scale: MatchedResource = { group: 'apps', version: 'v1', resource: 'deployments', kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' } };
  const document = (replicas: unknown): object => ({ kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name: 'd' }, spec: { replicas, more: 1 } });

  it('are read by their own schema', () => {
    expect(versions.read(document(3), scale)).toMatchObject({ kind: 'Scale', spec: { replicas: 3 } });
    expect((versions.read(document(3), scale) as unknown as { spec: object }).spec).not.toHaveProperty('more');
    expect(() => versions.read(document('x'), scale)).toThrow(/^Internal error occurred: Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal string/);
  });
});
