import type { JsonObject } from '@kubernode/apimachinery';
import { identityOf, type ManifestObject } from './manifest-objects.ts';
import { describePlan, planUpdate, type UpdateMethod } from './plan-update.ts';

function entry(kind: string, name: string, body: JsonObject = {}, { apiVersion = 'v1', annotations }: { apiVersion?: string; annotations?: JsonObject } = {}): ManifestObject {
  return { source: '', ref: { apiVersion, kind, namespace: 'n', name }, object: { apiVersion, kind, metadata: { name, namespace: 'n', ...(annotations && { annotations }) }, ...body } };
}

const deployment = (spec: JsonObject): ManifestObject => entry('Deployment', 'd', { spec }, { apiVersion: 'apps/v1' });
const thing = (spec: JsonObject): ManifestObject => entry('Thing', 't', { spec }, { apiVersion: 'x.io/v1' });
const containers = (...list: JsonObject[]): JsonObject => ({ template: { spec: { containers: list } } });

function plan({ original = [], target, live = [], method = 'merge' }: { original?: ManifestObject[]; target: ManifestObject[]; live?: ManifestObject[]; method?: UpdateMethod }): unknown[] {
  const actions = planUpdate({ original, target, live: new Map(live.map((one) => [identityOf(one.ref), one.object])), method });
  return actions.map((action) => [action.do, action.entry.ref.name, ...('patch' in action ? [action.patch] : [])]);
}

describe('planUpdate', () => {
  test.each<[string, Parameters<typeof plan>[0], unknown[]]>([
    ['creates what is not there', { target: [entry('ConfigMap', 'a')] }, [['create', 'a']]],
    ['leaves alone what is as it should be', { original: [entry('ConfigMap', 'a')], target: [entry('ConfigMap', 'a')], live: [entry('ConfigMap', 'a', { data: { other: '1' } })] }, [['unchanged', 'a']]],
    ['creates anew what was deleted meanwhile', { original: [entry('ConfigMap', 'a')], target: [entry('ConfigMap', 'a')] }, [['create', 'a']]],
    ['keeps what others set, removes what the chart no longer has', { original: [entry('ConfigMap', 'a', { data: { gone: '1', both: '1' } })], target: [entry('ConfigMap', 'a', { data: { both: '2' } })], live: [entry('ConfigMap', 'a', { data: { gone: '1', both: '1', theirs: '1' } })] },
      [['patch', 'a', { type: 'strategic', body: { data: { both: '2', gone: null } } }]]],
    ['brings back what others changed, for built-in kinds', { original: [deployment({ replicas: 2 })], target: [deployment({ replicas: 2 })], live: [deployment({ replicas: 5 })] }, [['patch', 'd', { type: 'strategic', body: { spec: { replicas: 2 } } }]]],
    ['but leaves to others what the chart does not set', { original: [deployment({ paused: false })], target: [deployment({ paused: false })], live: [deployment({ paused: false, replicas: 5 })] }, [['unchanged', 'd']]],
    ['merges containers by name', { original: [deployment(containers({ name: 'a', image: '1' }))], target: [deployment(containers({ name: 'a', image: '2' }))], live: [deployment(containers({ name: 'side', image: 's' }, { name: 'a', image: '1' }))] },
      [['patch', 'd', { type: 'strategic', body: { spec: { template: { spec: { '$setElementOrder/containers': [{ name: 'a' }], containers: [{ name: 'a', image: '2' }] } } } } }]]],
    ['leaves what others changed of custom kinds, unless the chart changes it too', { original: [thing({ a: 1, b: 1 })], target: [thing({ a: 1, b: 2 })], live: [thing({ a: 9, b: 9 })] }, [['patch', 't', { type: 'merge', body: { spec: { b: 2 } } }]]],
    ['takes nothing away from what it adopts', { target: [entry('ConfigMap', 'a', { data: { ours: '1' } })], live: [entry('ConfigMap', 'a', { data: { theirs: '1' } })] }, [['patch', 'a', { type: 'strategic', body: { data: { ours: '1' } } }]]],
    ['deletes last what left the manifest', { original: [entry('ConfigMap', 'old'), entry('ConfigMap', 'missing')], target: [entry('ConfigMap', 'new')], live: [entry('ConfigMap', 'old')] }, [['create', 'new'], ['delete', 'old']]],
    ['keeps what says so itself', { original: [entry('ConfigMap', 'old')], target: [], live: [entry('ConfigMap', 'old', {}, { annotations: { 'helm.sh/resource-policy': ' Keep ' } })] }, [['keep', 'old']]],
    ['knows an object in another version of its group', { original: [entry('Job', 'j', {}, { apiVersion: 'batch/v1beta1' })], target: [entry('Job', 'j', {}, { apiVersion: 'batch/v1' })], live: [entry('Job', 'j', {}, { apiVersion: 'batch/v1' })] }, [['unchanged', 'j']]],
    ['replaces where forced', { original: [entry('ConfigMap', 'a')], target: [entry('ConfigMap', 'a')], live: [entry('ConfigMap', 'a')], method: 'replace' }, [['replace', 'a']]],
    ['lets the server merge', { target: [entry('ConfigMap', 'a'), entry('ConfigMap', 'b')], live: [entry('ConfigMap', 'b')], method: 'apply' }, [['apply', 'a'], ['apply', 'b']]],
  ])('%s', (_, input, want) => { expect(plan(input)).toEqual(want); });

  test('joins what ordinary writes set to what is applied, once', () => {
    const [present, target] = [entry('ConfigMap', 'b'), entry('ConfigMap', 'b')];
    const field = (path: string): JsonObject => ({ 'f:data': { [path]: {} } });
    present.object['metadata'] = { name: 'b', resourceVersion: '7', managedFields: [{ manager: 'kubectl', operation: 'Update', fieldsV1: field('f:x') }, { manager: 'helm', operation: 'Update', fieldsV1: field('f:a') }, { manager: 'helm', operation: 'Apply', fieldsV1: field('f:b') }] };
    const [action] = planUpdate({ original: [], target: [target], live: new Map([[identityOf(present.ref), present.object]]), method: 'apply' });
    expect(action).toMatchObject({ do: 'apply', creates: false, takeOver: { type: 'merge', body: { metadata: {
      resourceVersion: '7', managedFields: [{ manager: 'kubectl' }, { manager: 'helm', operation: 'Apply', fieldsV1: { 'f:data': { 'f:a': {}, 'f:b': {} } } }],
    } } } });
  });
});

test('describePlan counts what is to be done', () => {
  const actions = planUpdate({ original: [entry('ConfigMap', 'old')], target: [entry('ConfigMap', 'a'), entry('ConfigMap', 'b')], live: new Map([[identityOf(entry('ConfigMap', 'old').ref), entry('ConfigMap', 'old').object]]), method: 'merge' });
  expect(describePlan(actions)).toBe('2 to create, 1 to delete');
});
