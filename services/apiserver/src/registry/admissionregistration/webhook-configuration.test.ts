import { validatingPolicyBindingStrategy } from './policy-binding.ts';
import { mutatingWebhookStrategy, validatingWebhookStrategy } from './webhook-configuration.ts';

type Configuration = Parameters<NonNullable<typeof mutatingWebhookStrategy.defaults>>[0];

const RULE = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] };
const HOOK = { name: 'a.example.com', clientConfig: { url: 'https://x.example.com/hook' }, rules: [RULE], sideEffects: 'None', admissionReviewVersions: ['v1'] };

function configuration(...webhooks: object[]): Configuration {
  return { kind: 'MutatingWebhookConfiguration', apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: 'w' }, webhooks: structuredClone(webhooks) } as Configuration; // cases leave fields out
}

function faults(...webhooks: object[]): string[] {
  const object = configuration(...webhooks);
  validatingWebhookStrategy.defaults?.(object);
  return (validatingWebhookStrategy.validate?.(object) ?? []).map(({ field, message }) => `${field}: ${message}`);
}

describe('webhook configurations', () => {
  it('fills what a webhook leaves out', () => {
    const object = configuration({ ...HOOK, clientConfig: { service: { namespace: 'n', name: 's' } } });
    mutatingWebhookStrategy.defaults?.(object);
    expect(object.webhooks).toEqual([{
      ...HOOK, clientConfig: { service: { namespace: 'n', name: 's', port: 443 } }, rules: [{ ...RULE, scope: '*' }], failurePolicy: 'Fail', matchPolicy: 'Equivalent',
      namespaceSelector: {}, objectSelector: {}, timeoutSeconds: 10, reinvocationPolicy: 'Never',
    }]);
  });

  it.each<[object[], string[]]>([
    [[HOOK], []],
    [[HOOK, HOOK], ['webhooks[1].name: Duplicate value: "a.example.com"']],
    [[{ ...HOOK, name: 'a' }], ['webhooks[0].name: Invalid value: "a": should be a domain with at least three segments separated by dots']],
    [[{ ...HOOK, clientConfig: {} }], ['webhooks[0].clientConfig: Required value: exactly one of url or service is required']],
    [[{ ...HOOK, clientConfig: { url: 'http://u@h/p?q#f' } }], [
      'webhooks[0].clientConfig.url: Invalid value: "http": \'https\' is the only allowed URL scheme; desired format: https://host[/path]', 'webhooks[0].clientConfig.url: Invalid value: "u": user information is not permitted in the URL',
      'webhooks[0].clientConfig.url: Invalid value: "f": fragments are not permitted in the URL', 'webhooks[0].clientConfig.url: Invalid value: "q": query parameters are not permitted in the URL']],
    [[{ ...HOOK, sideEffects: 'Some', timeoutSeconds: 31 }], ['webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"', 'webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds']],
    [[{ ...HOOK, rules: [{ ...RULE, resources: ['pods/*', 'pods/log'], apiGroups: ['*', 'apps'] }] }], [
      'webhooks[0].rules[0].apiGroups: Invalid value: ["*","apps"]: if \'*\' is present, must not specify other API groups', 'webhooks[0].rules[0].resources[1]: Invalid value: "pods/log": if \'pods/*\' is present, must not specify pods/log']],
  ])('judge %j: %j', (webhooks, messages) => {
    expect(faults(...webhooks)).toEqual(messages);
  });
});

test.each<[object, string[]]>([
  [{ policyName: 'p', validationActions: ['Deny'] }, []],
  [{}, ['spec.policyName', 'spec.validationActions']],
  [{ policyName: 'p', validationActions: ['Deny', 'Warn', 'Deny'] }, ['spec.validationActions[2]', 'spec.validationActions']],
  [{ policyName: 'p', validationActions: ['Deny'], paramRef: { name: 'a', selector: {} } }, ['spec.paramRef.name', 'spec.paramRef.selector', 'spec.paramRef.parameterNotFoundAction']],
])('a policy binding %j has faults in %j', (spec, fields) => {
  const binding = { kind: 'ValidatingAdmissionPolicyBinding', apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: 'b' }, spec } as Parameters<NonNullable<typeof validatingPolicyBindingStrategy.validate>>[0]; // cases leave fields out
  expect(validatingPolicyBindingStrategy.validate?.(binding).map(({ field }) => field)).toEqual(fields);
});
