import type { AdmissionRounds } from '../admission.ts';
import { mutatingPolicies } from './mutating-policies.ts';
import { CONFIG_MAPS, creating, policyObject, PolicyWorld } from './policy-world.fixture.ts';

class Rounds implements AdmissionRounds {
  isReinvocation = false;
  asked = 0;
  readonly memory = new Map<string, unknown>();
  askForAnother(): void { this.asked++; }
}

interface PolicySpec { mutations: object[]; [field: string]: unknown }

function world(...specs: PolicySpec[]): PolicyWorld {
  const made = new PolicyWorld();
  for (const [index, spec] of specs.entries()) {
    made.put('mutatingadmissionpolicies', policyObject('MutatingAdmissionPolicy', `p${index}`, { matchConstraints: CONFIG_MAPS, failurePolicy: 'Fail', reinvocationPolicy: 'Never', ...spec }));
    made.put('mutatingadmissionpolicybindings', policyObject('MutatingAdmissionPolicyBinding', `b${index}`, { policyName: `p${index}` }));
  }
  return made;
}

const apply = (expression: string): object => ({ patchType: 'ApplyConfiguration', applyConfiguration: { expression } });
const patch = (expression: string): object => ({ patchType: 'JSONPatch', jsonPatch: { expression } });

/** What becomes of the data of a configmap, or why the request is refused. */
async function outcome(of: PolicyWorld, data: Record<string, unknown> = { a: 'b' }): Promise<unknown> {
  const attributes = creating(data);
  try {
    await mutatingPolicies(of.services).admit?.(attributes, new Rounds());
    return attributes.object?.['data'];
  } catch (error) {
    const { code, reason, message } = error as { code: number; reason: string; message: string }; // a StatusError
    return `${code} ${reason} ${message.replace("policy 'p0' with binding 'b0' denied request: ", '')}`;
  }
}

describe('a mutating policy', () => {
  it.each<[string, PolicySpec, unknown]>([
    ['merges a configuration', { mutations: [apply("Object{data: {'x': object.data.a + request.userInfo.username}}")] }, { a: 'b', x: 'balice' }],
    ['applies a JSON patch', { mutations: [patch("[JSONPatch{op: 'add', path: '/data/' + jsonpatch.escapeKey('x/y'), value: 'z'}, JSONPatch{op: 'move', from: '/data/a', path: '/data/c'}]")] }, { c: 'b', 'x/y': 'z' }],
    ['applies nothing when a test says no', { mutations: [patch("[JSONPatch{op: 'add', path: '/data/x', value: 'y'}, JSONPatch{op: 'test', path: '/data/a', value: 'no'}]")] }, { a: 'b' }],
    ['sees what its mutation before did', { mutations: [apply("Object{data: {'x': 'y'}}"), apply("Object{data: {'z': object.data.x}}")] }, { a: 'b', x: 'y', z: 'y' }],
    ['composes variables', { variables: [{ name: 'v', expression: "'w'" }], mutations: [apply("Object{data: {'x': variables.v}}")] }, { a: 'b', x: 'w' }],
    ['is not asked when a condition is false', { matchConditions: [{ name: 'c', expression: "object.data.a == 'c'" }], mutations: [apply("Object{data: {'x': 'y'}}")] }, { a: 'b' }],
    ['tells errors', { mutations: [apply("Object{data: {'x': object.data.none}}")] }, "403 Invalid expression 'Object{data: {'x': object.data.none}}' resulted in error: no such key: none"],
    ['passes over errors when it fails open', { failurePolicy: 'Ignore', mutations: [apply("Object{data: {'x': object.data.none}}"), apply("Object{data: {'y': 'z'}}")] }, { a: 'b', y: 'z' }],
    ['tells of paths that are missing', { mutations: [patch("[JSONPatch{op: 'remove', path: '/data/x'}]")] }, "403 Invalid JSON Patch: error in remove for path: '/data/x': Unable to remove nonexistent key: x: missing value"],
    ['tells of types in the wrong place', { mutations: [apply('Object{metadata: Object.spec{labels: {}}}')] }, '403 Invalid type mismatch: unexpected type name "Object.spec", expected "Object.metadata", which matches field name path from root Object type'],
    ['tells of fields that are not there', { mutations: [apply("Object{nothing: 'x'}")] }, '403 Invalid error applying patch: failed to convert patch object to typed object: .nothing: field not declared in schema'],
    ['tells of what can only be replaced', { mutations: [apply("Object{metadata: Object.metadata{ownerReferences: [Object.metadata.ownerReferences{uid: 'u', name: 'o'}], managedFields: []}}")] },
      '403 Invalid error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .metadata.ownerReferences[0], .metadata.managedFields'],
    ['tells what does not compile', { mutations: [apply("'a'")] }, '403 Invalid must evaluate to Object but got string'],
  ])('%s', async (_title, spec, expected) => {
    expect(await outcome(world(spec))).toEqual(expected);
  });

  it('is asked again in the next round when others changed what it saw, if it wants', async () => {
    const willing = { reinvocationPolicy: 'IfNeeded', mutations: [apply("Object{data: {'seen': string(size(object.data))}}")] };
    const adding = { mutations: [apply("Object{data: {'added': has(object.data.added) ? 'again' : 'once'}}")] };
    const of = world(willing, adding);
    const plugin = mutatingPolicies(of.services);
    const rounds = new Rounds();
    const attributes = creating({});
    await plugin.admit?.(attributes, rounds);
    expect([attributes.object?.['data'], rounds.asked]).toEqual([{ seen: '0', added: 'once' }, 1]);
    rounds.isReinvocation = true;
    await plugin.admit?.(attributes, rounds);
    expect(attributes.object?.['data']).toEqual({ seen: '2', added: 'once' });
  });

  it('is asked again for its own doing, when it is willing', async () => {
    const counting = [apply("Object{data: {'count': has(object.data.count) ? object.data.count + '|' : '|'}}")];
    const plugin = mutatingPolicies(world({ reinvocationPolicy: 'IfNeeded', mutations: counting }).services);
    const rounds = new Rounds();
    const attributes = creating({});
    await plugin.admit?.(attributes, rounds);
    rounds.isReinvocation = true;
    await plugin.admit?.(attributes, rounds);
    expect(attributes.object?.['data']).toEqual({ count: '||' });
  });

  it('is not asked about deletions', () => {
    const of = world({ mutations: [apply("Object{data: {'x': 'y'}}")] });
    expect(mutatingPolicies(of.services).admit?.(creating({}, { operation: 'DELETE', object: undefined }), new Rounds())).toBeUndefined();
  });
});
