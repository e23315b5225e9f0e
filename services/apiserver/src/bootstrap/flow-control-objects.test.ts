import type { KubeObject } from '@kubernode/apimachinery';
import { notFound } from '@kubernode/apimachinery';
import { bootstrapObjects } from '../authz/bootstrap-objects/bootstrap-objects.ts';
import { ensureFlowControlObjects, revised } from './flow-control-objects.ts';

const AUTO = 'apf.kubernetes.io/autoupdate-spec';
const bootstrap = (name: string): Readonly<KubeObject> => bootstrapObjects.priorityLevelConfigurations.find((one) => one.metadata.name === name) as KubeObject; // those named below exist
const stored = (name: string, { annotations, generation = 1, spec }: { annotations?: Record<string, string>; generation?: number; spec?: object }): KubeObject => {
  const { annotations: _own, ...metadata } = bootstrap(name).metadata;
  return { ...bootstrap(name), metadata: { ...metadata, generation, ...(annotations && { annotations }) }, ...(spec && { spec }) };
};
const changed = { type: 'Limited', limited: { nominalConcurrencyShares: 7 } };

describe('revised', () => {
  it.each<[string, KubeObject, string, { annotation?: string; restores?: boolean } | undefined]>([
    ['one as it has to be', stored('system', { annotations: { [AUTO]: 'true' } }), 'system', undefined],
    ['a suggested one that the server keeps', stored('system', { annotations: { [AUTO]: 'true' }, generation: 4, spec: changed }), 'system', { annotation: 'true', restores: true }],
    ["a suggested one that is the operator's", stored('system', { annotations: { [AUTO]: 'false' }, spec: changed }), 'system', undefined],
    ['a changed one without annotation', stored('system', { generation: 2, spec: changed }), 'system', { annotation: 'false' }],
    ['an unchanged one without annotation', stored('system', {}), 'system', { annotation: 'true' }],
    ['an older one that nobody touched', stored('system', { spec: changed }), 'system', { annotation: 'true', restores: true }],
    ['an annotation that says nothing', stored('system', { annotations: { [AUTO]: 'maybe' }, generation: 2 }), 'system', { annotation: 'false' }],
    ['a mandatory one, whatever the annotation says', stored('catch-all', { annotations: { [AUTO]: 'false' }, generation: 2, spec: changed }), 'catch-all', { annotation: 'true', restores: true }],
    ['what the exempt level may lend', stored('exempt', { annotations: { [AUTO]: 'true' }, generation: 2, spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: 9, lendablePercent: 40 } } }), 'exempt', undefined],
  ])('%s', (_, current, name, want) => {
    const result = revised(current, bootstrap(name));
    expect(result === undefined ? undefined : { annotation: result.metadata.annotations?.[AUTO], ...(result['spec'] === bootstrap(name)['spec'] && current['spec'] !== result['spec'] && { restores: true }) }).toEqual(want);
  });
});

describe('ensureFlowControlObjects', () => {
  it('creates what is missing and removes what nobody keeps any more', async () => {
    const objects = new Map<string, KubeObject>([['flowschemas/old', { kind: 'FlowSchema', apiVersion: 'v1', metadata: { name: 'old', annotations: { [AUTO]: 'true' } } }], ['flowschemas/mine', { kind: 'FlowSchema', apiVersion: 'v1', metadata: { name: 'mine' } }]]);
    const of = (resource: string): KubeObject[] => [...objects].filter(([key]) => key.startsWith(`${resource}/`)).map(([, object]) => object);
    await ensureFlowControlObjects({
      list: async <T extends KubeObject>({ resource }: { resource: string }) => of(resource) as T[],
      create: async <T extends KubeObject>({ resource }: { resource: string }, object: Readonly<T>) => { objects.set(`${resource}/${object.metadata.name}`, object); return object; },
      update: async (_resource, { name }) => { throw notFound({ group: '', resource: 'x' }, name); },
      remove: async ({ resource }, _namespace, name) => { objects.delete(`${resource}/${name}`); },
    });
    expect(of('prioritylevelconfigurations').length).toBe(bootstrapObjects.priorityLevelConfigurations.length);
    expect(of('flowschemas').map(({ metadata: { name } }) => name)).toEqual(['mine', ...bootstrapObjects.flowSchemas.map(({ metadata: { name } }) => name)]);
  });
});
