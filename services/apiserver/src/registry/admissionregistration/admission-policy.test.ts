import { mutatingPolicyStrategy, validatingPolicyStrategy } from './admission-policy.ts';

type ValidatingPolicy = Parameters<NonNullable<typeof validatingPolicyStrategy.validate>>[0];
type MutatingPolicy = Parameters<NonNullable<typeof mutatingPolicyStrategy.validate>>[0];

const RULE = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] };
const CONSTRAINTS = { resourceRules: [RULE] };

function validating(spec: object): ValidatingPolicy {
  const policy = { kind: 'ValidatingAdmissionPolicy', apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: 'p' }, spec: { matchConstraints: structuredClone(CONSTRAINTS), validations: [{ expression: 'true' }], ...spec } } as unknown as ValidatingPolicy; // cases leave fields out
  validatingPolicyStrategy.defaults?.(policy);
  return policy;
}

function mutating(spec: object): MutatingPolicy {
  const policy = { kind: 'MutatingAdmissionPolicy', apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: 'p' }, spec: { matchConstraints: structuredClone(CONSTRAINTS), reinvocationPolicy: 'Never', ...spec } } as unknown as MutatingPolicy; // cases leave fields out
  mutatingPolicyStrategy.defaults?.(policy);
  return policy;
}

const show = (faults: readonly { field: string; message: string }[] = []): string[] => faults.map(({ field, message }) => `${field}: ${message.split('\n', 1).join()}`);

test.each<[object, string[]]>([
  [{}, []],
  [{ validations: [{ expression: 'object.x == params.y' }], paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } }, []],
  [{ validations: [{ expression: 'params.y' }] }, ['spec.validations[0].expression: Invalid value: "params.y": compilation failed: ERROR: <input>:1:1: undeclared reference to \'params\' (in container \'\')']],
  [{ validations: [{ expression: '"a"' }] }, ['spec.validations[0].expression: Invalid value: "\\"a\\"": must evaluate to bool but got string']],
  [{ validations: [{ expression: ' ' }] }, ['spec.validations[0].expression: Required value: expression is not specified']],
  [{ validations: [{ expression: 'true', messageExpression: '1', message: 'a\nb', reason: 'Gone' }] }, [
    'spec.validations[0].messageExpression: Invalid value: "1": must evaluate to string but got int', 'spec.validations[0].message: Invalid value: "a\\nb": must not contain line breaks',
    'spec.validations[0].reason: Unsupported value: "Gone": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"']],
  [{ validations: [{ expression: 'true', messageExpression: "authorizer.path('/a').check('get').reason()" }] }, ['spec.validations[0].messageExpression: Invalid value: "authorizer.path(\'/a\').check(\'get\').reason()": compilation failed: ERROR: <input>:1:1: undeclared reference to \'authorizer\' (in container \'\')']],
  [{ validations: [{ expression: 'variables.a' }], variables: [{ name: 'a', expression: 'true' }] }, []],
  [{ validations: [{ expression: 'variables.a' }], variables: [{ name: 'a', expression: '1' }, { name: 'b', expression: 'variables.c' }, { name: 'if', expression: ' ' }] }, [
    'spec.variables[1].expression: Invalid value: "variables.c": compilation failed: ERROR: <input>:1:10: undefined field \'c\'', 'spec.variables[2].name: Invalid value: "if": must be a valid CEL identifier',
    'spec.variables[2].expression: Required value: expression is not specified', 'spec.validations[0].expression: Invalid value: "variables.a": must evaluate to bool but got int']],
  [{ validations: [{ expression: 'variables.a' }] }, ['spec.validations[0].expression: Invalid value: "variables.a": compilation failed: ERROR: <input>:1:1: undeclared reference to \'variables\' (in container \'\')']],
  [{ auditAnnotations: [{ key: 'k', valueExpression: '1' }, { key: 'k', valueExpression: "'v'" }, { key: 'a b', valueExpression: '' }] }, [
    'spec.auditAnnotations[0].valueExpression: Invalid value: "1": must evaluate to one of [string null_type] but got int', 'spec.auditAnnotations[1].key: Duplicate value: "k"',
    expect.stringMatching(/^spec\.auditAnnotations\[2\]\.key: Invalid value: "p\/a b": name part must consist of/) as unknown as string, 'spec.auditAnnotations[2].valueExpression: Required value: valueExpression is not specified']], // a matcher among texts
  [{ matchConditions: [{ name: 'a', expression: 'request.nothing' }, { name: 'a', expression: ' object.x ' }, {}] }, [
    'spec.matchConditions[0].expression: Invalid value: "request.nothing": compilation failed: ERROR: <input>:1:8: undefined field \'nothing\'', 'spec.matchConditions[1].expression: Invalid value: "object.x": must evaluate to bool but got dyn',
    'spec.matchConditions[1].name: Duplicate value: "a"', 'spec.matchConditions[2].expression: Required value', 'spec.matchConditions[2].name: Required value']],
  [{ paramKind: { apiVersion: 'a/b/c', kind: '-' } }, ['spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c', expect.stringMatching(/^spec\.paramKind\.kind: Invalid value: "-": may have mixed case/) as unknown as string]], // a matcher among texts
  [{ matchConstraints: { resourceRules: [{ ...RULE, resourceNames: ['a', 'a', 'b/c'] }] } }, ['spec.matchConstraints.resourceRules[0].resourceNames[1]: Duplicate value: "a"', 'spec.matchConstraints.resourceRules[0].resourceNames[2]: Invalid value: "b/c": may not contain \'/\'']],
])('a validating policy %j has the faults %j', (spec, faults) => {
  expect(show(validatingPolicyStrategy.validate?.(validating(spec)))).toEqual(faults);
});

test.each<[object, string[]]>([
  [{ mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{metadata: Object.metadata{labels: {"a": "b"}}}' } }] }, []],
  [{ mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{op: "add", path: "/a/" + jsonpatch.escapeKey("x"), value: 1}]' } }] }, []],
  [{ mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: '"a"' } }] }, ['spec.mutations[0].applyConfiguration.expression: Invalid value: "\\"a\\"": must evaluate to Object but got string']],
  [{ mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[]' } }] }, ['spec.mutations[0].jsonPatch.expression: Invalid value: "[]": must evaluate to list(JSONPatch) but got list(dyn)']],
  [{ mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{op: 1}]' } }] }, ['spec.mutations[0].jsonPatch.expression: Invalid value: "[JSONPatch{op: 1}]": compilation failed: ERROR: <input>:1:14: expected type of field \'op\' is \'string\' but provided type is \'int\'']],
  [{ mutations: [{ patchType: 'JSONPatch', jsonPatch: {} }] }, ['spec.mutations[0].jsonPatch.expression: Required value']],
  [{ mutations: [], matchConstraints: { resourceRules: [{ ...RULE, operations: ['DELETE'] }] } }, ['spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"', 'spec.mutations: Required value: mutations must contain at least one item']],
])('a mutating policy %j has the faults %j', (spec, faults) => {
  expect(show(mutatingPolicyStrategy.validate?.(mutating(spec)))).toEqual(faults);
});

it('leaves match conditions alone that an update does not touch', () => {
  const old = validating({ matchConditions: [{ name: 'a', expression: '?' }] });
  const context = { user: { name: '', uid: '', groups: [], extra: {} }, subresource: '', now: 0 };
  expect(validatingPolicyStrategy.validateUpdate?.(structuredClone(old), old, context)).toEqual([]);
  expect(show(validatingPolicyStrategy.validateUpdate?.(validating({ matchConditions: [{ name: 'b', expression: '?' }] }), old, context))).toHaveLength(1);
});
