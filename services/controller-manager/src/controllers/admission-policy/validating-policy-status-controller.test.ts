import { checkTypes } from './check-types.ts';
import { reconcile } from './validating-policy-status-controller.ts';

type Policy = Parameters<typeof reconcile>[0];

function policy(spec: object, { generation = 1, observed }: { generation?: number; observed?: number } = {}): Policy {
  const matchConstraints = { resourceRules: [{ operations: ['CREATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] }] };
  return { kind: 'ValidatingAdmissionPolicy', apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: 'p', generation }, spec: { matchConstraints, ...spec }, ...(observed !== undefined && { status: { observedGeneration: observed } }) } as unknown as Policy; // cases leave fields out
}

const rule = (apiGroups: string[], resources: string[]) => ({ resourceRules: [{ operations: ['*'], apiGroups, apiVersions: ['v1'], resources }] });

test.each<[string, object, string[]]>([
  ['right fields', { validations: [{ expression: 'object.spec.replicas <= 5 && object.spec.template.spec.containers.all(c, has(c.image)) && object.metadata.labels.a == "b"' }] }, []],
  ['times and quantities', { matchConstraints: rule([''], ['pods']), validations: [{ expression: 'object.metadata.creationTimestamp < timestamp("2030-01-01T00:00:00Z") && object.spec.containers.all(c, c.resources.limits["cpu"] == "1")' }] }, []],
  ['ports by name or number', { matchConstraints: rule([''], ['services']), validations: [{ expression: 'object.spec.ports.all(p, p.targetPort == 80)' }] }, []],
  ['wrong fields', { validations: [{ expression: 'true' }, { expression: 'object.spec.replica > 1', messageExpression: 'object.nothing' }] }, [
    "spec.validations[1].expression: apps/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'replica'\n | object.spec.replica > 1\n | ...........^\n",
    "spec.validations[1].messageExpression: apps/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'nothing'\n | object.nothing\n | ......^\n"]],
  ['fields wrong for one kind', { matchConstraints: rule(['', 'apps'], ['configmaps', 'replicasets']), validations: [{ expression: 'object.data.size() > 0' }] }, [
    "spec.validations[0].expression: apps/v1, Kind=ReplicaSet: ERROR: <input>:1:7: undefined field 'data'\n | object.data.size() > 0\n | ......^\n"]],
  ['fields of parameters and variables', { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, variables: [{ name: 'n', expression: 'object.spec.replicas' }], validations: [{ expression: 'variables.n <= int(params.data.max)' }, { expression: "variables.n == 'x'" }] }, [
    "spec.validations[1].expression: apps/v1, Kind=Deployment: ERROR: <input>:1:13: found no matching overload for '_==_' applied to '(int, string)'\n | variables.n == 'x'\n | ............^\n"]],
  ['stars', { matchConstraints: rule(['*'], ['deployments']), validations: [{ expression: 'object.nothing' }] }, []],
])('checkTypes judges %s', (_title, spec, warnings) => {
  expect(checkTypes(policy(spec)).map(({ fieldRef, warning }) => `${fieldRef}: ${warning}`)).toEqual(warnings);
});

describe('reconcile', () => {
  it.each<[string, object, object | undefined]>([
    ['tells of a new policy', {}, { observedGeneration: 2, typeChecking: {} }],
    ['tells anew after a change', { observed: 1 }, { observedGeneration: 2, typeChecking: {} }],
    ['is done with what it has told', { observed: 2 }, undefined],
  ])('%s', (_title, seen, status) => {
    const [action] = reconcile(policy({ validations: [{ expression: 'true' }] }, { generation: 2, ...seen })).actions;
    expect(action?.do === 'patch' ? (action.patch.body as Policy).status : undefined).toEqual(status); // what is applied is a part of the policy
  });
});
