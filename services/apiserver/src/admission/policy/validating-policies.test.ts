import type { KubeObject } from '@kubernode/apimachinery';
import { validatingPolicies } from './validating-policies.ts';
import { CONFIG_MAPS, creating, policyObject, PolicyWorld } from './policy-world.fixture.ts';

function world(spec: object, { binding = {}, params = [] }: { binding?: object; params?: KubeObject[] } = {}): PolicyWorld {
  const made = new PolicyWorld({ params });
  made.put('validatingadmissionpolicies', policyObject('ValidatingAdmissionPolicy', 'p', { matchConstraints: CONFIG_MAPS, failurePolicy: 'Fail', ...spec }));
  made.put('validatingadmissionpolicybindings', policyObject('ValidatingAdmissionPolicyBinding', 'b', { policyName: 'p', validationActions: ['Deny'], ...binding }));
  return made;
}

async function outcome(of: PolicyWorld, attributes = creating({ a: 'b' })): Promise<string> {
  try {
    await validatingPolicies(of.services).validate?.(attributes);
    return 'admitted';
  } catch (error) {
    const { code, reason, message } = error as { code: number; reason: string; message: string }; // a StatusError
    return `${code} ${reason} ${message.replace(`configmaps "c" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: `, '')}`;
  }
}

const validation = (expression: string, more: object = {}) => ({ validations: [{ expression, ...more }] });

describe('a validating policy', () => {
  it.each<[string, object, string]>([
    ['admits what is valid', validation("object.data.a == 'b'"), 'admitted'],
    ['tells the expression', validation(" object.data.a == 'c' "), "422 Invalid failed expression: object.data.a == 'c'"],
    ['tells the message', validation('false', { message: ' no ' }), '422 Invalid no'],
    ['computes the message', validation('false', { messageExpression: "'not ' + object.data.a", message: 'no' }), '422 Invalid not b'],
    ['tells the fixed message when the other fails', validation('false', { messageExpression: 'object.x', message: 'no' }), '422 Invalid no'],
    ['tells the fixed message when the other has lines', validation('false', { messageExpression: "'a\\nb'", message: 'no' }), '422 Invalid no'],
    ['keeps authorizers from messages', { ...validation('false', { messageExpression: 'variables.r', message: 'no' }), variables: [{ name: 'r', expression: "authorizer.path('/x').check('get').reason()" }] }, '422 Invalid no'],
    ['gives its reason', validation('false', { message: 'no', reason: 'Forbidden' }), '403 Forbidden no'],
    ['gives the code of its reason', validation('false', { message: 'no', reason: 'RequestEntityTooLarge' }), '413 RequestEntityTooLarge no'],
    ['tells errors', validation('object.data.x == 1', { message: 'no' }), "422 Invalid expression 'object.data.x == 1' resulted in error: no such key: x"],
    ['passes over errors when it fails open', { ...validation('object.data.x == 1'), failurePolicy: 'Ignore' }, 'admitted'],
    ['denies though it fails open', { ...validation('false'), failurePolicy: 'Ignore' }, '422 Invalid failed expression: false'],
    ['tells what does not compile', validation('object.('), expect.stringContaining("422 Invalid compilation error: compilation failed: ERROR: <input>:1:8: Syntax error") as unknown as string], // a matcher among texts
    ['is not asked when a condition is false', { ...validation('false'), matchConditions: [{ name: 'a', expression: "request.userInfo.username != 'alice'" }] }, 'admitted'],
    ['fails with its conditions', { ...validation('true'), matchConditions: [{ name: 'a', expression: 'object.x' }, { name: 'b', expression: 'object.y == 1' }] }, "422 Invalid [compilation error: must evaluate to bool but got dyn, expression 'object.y == 1' resulted in error: no such key: y]"],
    ['is not asked when conditions fail and it fails open', { ...validation('false'), failurePolicy: 'Ignore', matchConditions: [{ name: 'b', expression: 'object.y == 1' }] }, 'admitted'],
    ['composes variables', { ...validation('variables.b == 3'), variables: [{ name: 'a', expression: '1' }, { name: 'b', expression: 'variables.a + 2' }] }, 'admitted'],
    ['tells which variable fails', { ...validation('variables.a'), variables: [{ name: 'a', expression: 'object.x == 1' }] }, '422 Invalid expression \'variables.a\' resulted in error: composited variable "a" fails to evaluate: no such key: x'],
    ['does not compute variables that nobody uses', { ...validation('true'), variables: [{ name: 'a', expression: 'object.x == 1' }] }, 'admitted'],
    ['sees namespace and request', validation("namespaceObject.metadata.labels.team == 'red' && request.operation == 'CREATE' && request.kind.kind == 'ConfigMap' && request.namespace == 'n' && oldObject == null"), 'admitted'],
    ['runs out of budget', validation('[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, [1,2,3,4,5,6,7,8,9,10].all(f, true))))))'),
      expect.stringMatching(/^422 Invalid expression '.*' resulted in error: operation cancelled: actual cost limit exceeded$/) as unknown as string], // a matcher among texts
  ])('%s', async (_title, spec, expected) => {
    expect(await outcome(world(spec))).toEqual(expected);
  });

  it('warns and annotates where its binding says so', async () => {
    const attributes = creating();
    expect(await outcome(world(validation('false', { message: 'no' }), { binding: { validationActions: ['Warn', 'Audit'] } }), attributes)).toBe('admitted');
    expect(attributes.warnings).toEqual(["Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': no"]);
    expect(attributes.annotations).toEqual({ 'validation.policy.admission.k8s.io/validation_failure': '[{"message":"no","policy":"p","binding":"b","expressionIndex":0,"validationActions":["Warn","Audit"]}]' });
  });

  it('publishes audit annotations', async () => {
    const attributes = creating();
    const auditAnnotations = [{ key: 'who', valueExpression: "'by ' + request.userInfo.username" }, { key: 'none', valueExpression: 'null' }, { key: 'blank', valueExpression: "' '" }];
    expect(await outcome(world({ auditAnnotations }), attributes)).toBe('admitted');
    expect(attributes.annotations).toEqual({ 'p/who': 'by alice' });
    expect(await outcome(world({ auditAnnotations: [{ key: 'k', valueExpression: 'object.x' }] }))).toBe('422 Invalid compilation error: must evaluate to one of [string null_type] but got dyn');
  });

  it('asks the authorizer once, and waits for it', async () => {
    const of = world({ ...validation("variables.may.allowed() && variables.may.reason() == 'later' && authorizer.requestResource.check('create').allowed()"), variables: [{ name: 'may', expression: "authorizer.group('').resource('secrets').namespace('n').check('get')" }] });
    of.authorize = async () => ({ verdict: 'allow', reason: 'later' });
    expect(await outcome(of)).toBe('admitted');
    expect(of.asked.map(({ verb, resource, user }) => `${user.name} ${verb} ${resource}`)).toEqual(['alice get secrets', 'alice create configmaps']);
  });

  it('is nothing without a binding, and changes as soon as either does', async () => {
    const of = new PolicyWorld();
    const plugin = validatingPolicies(of.services);
    expect(plugin.validate?.(creating())).toBeUndefined();
    of.put('validatingadmissionpolicies', policyObject('ValidatingAdmissionPolicy', 'p', { matchConstraints: CONFIG_MAPS, validations: [{ expression: 'false' }] }));
    expect(plugin.validate?.(creating())).toBeUndefined();
    of.put('validatingadmissionpolicybindings', policyObject('ValidatingAdmissionPolicyBinding', 'b', { policyName: 'p', validationActions: ['Deny'] }));
    await expect(plugin.validate?.(creating())).rejects.toThrow('failed expression: false');
    of.put('validatingadmissionpolicies', { ...policyObject('ValidatingAdmissionPolicy', 'p', { matchConstraints: CONFIG_MAPS, validations: [{ expression: 'true' }] }), metadata: { name: 'p', uid: 'p', generation: 2 } });
    await plugin.validate?.(creating());
  });

  it('leaves policies alone', () => {
    const of = world(validation('false'));
    expect(validatingPolicies(of.services).validate?.(creating({}, { group: 'admissionregistration.k8s.io', resource: 'validatingadmissionpolicies' }))).toBeUndefined();
  });

  it('counts what it does', async () => {
    const of = world(validation('false'));
    await outcome(of);
    const [value] = (await of.registry.getSingleMetric('apiserver_validating_admission_policy_check_total')?.get())?.values ?? [];
    expect(value).toEqual({ value: 1, labels: { policy: 'p', policy_binding: 'b', error_type: 'invalid_error', enforcement_action: 'deny' } });
  });
});

describe('parameters', () => {
  const config = (name: string, max: string): KubeObject => ({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, namespace: 'n', labels: { kind: 'limits' } }, data: { max } });
  const spec = { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, validations: [{ expression: 'int(object.data.size) <= int(params.data.max)', messageExpression: "params.metadata.name + ' allows ' + params.data.max" }] };

  it.each<[string, object, string]>([
    ['by name', { name: 'large', parameterNotFoundAction: 'Deny' }, 'admitted'],
    ['by labels, each of them', { selector: { matchLabels: { kind: 'limits' } }, parameterNotFoundAction: 'Deny' }, '422 Invalid small allows 1'],
    ['missing ones that are needed', { name: 'none', parameterNotFoundAction: 'Deny' }, '422 Invalid failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction'],
    ['missing ones that are not', { name: 'none', parameterNotFoundAction: 'Allow' }, 'admitted'],
    ['of another namespace', { name: 'large', namespace: 'other', parameterNotFoundAction: 'Allow' }, 'admitted'],
  ])('are found %s', async (_title, paramRef, expected) => {
    expect(await outcome(world(spec, { binding: { paramRef }, params: [config('large', '10'), config('small', '1')] }), creating({ size: '5' }))).toBe(expected);
  });

  it('are null without a reference', async () => {
    expect(await outcome(world({ ...spec, validations: [{ expression: 'params == null' }] }))).toBe('admitted');
  });

  it('of an unknown kind refuse the request', async () => {
    expect(await outcome(world({ ...spec, paramKind: { apiVersion: 'rules.example.com/v1', kind: 'Limit' } }))).toBe(
      "422 Invalid configmaps \"c\" is forbidden: ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'rules.example.com/v1, Kind=Limit'");
  });
});
