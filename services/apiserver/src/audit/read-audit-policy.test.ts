import { readAuditPolicy } from './read-audit-policy.ts';

const policy = (rest: string): string => `apiVersion: audit.k8s.io/v1\nkind: Policy\n${rest}`;
const silent = (): void => undefined;

describe('readAuditPolicy', () => {
  it('reads rules', () => {
    const text = policy('metadata: {name: p}\nomitStages: [RequestReceived]\nrules:\n- level: Metadata\n  resources:\n  - group: apps\n    resources: [deployments]\n  omitManagedFields: true\n- {level: None}\n');
    expect(readAuditPolicy(text, silent)).toMatchObject({ omitStages: ['RequestReceived'], rules: [{ level: 'Metadata', resources: [{ group: 'apps', resources: ['deployments'] }], omitManagedFields: true }, { level: 'None' }] });
  });

  it('tells of unknown and doubled fields and goes on without them', () => {
    const faults: string[] = [];
    expect(readAuditPolicy(policy('colour: red\nrules:\n- level: None\n  size: 3\n'), (fault) => { faults.push(fault); }).rules).toEqual([{ level: 'None' }]);
    expect(faults).toEqual(['strict decoding error: unknown field "colour", unknown field "rules[0].size"']);
  });

  it.each([
    ['no rules', policy('rules: []\n'), 'loaded illegal policy with 0 rules'],
    ['no version', 'kind: Policy\nrules: []\n', 'unknown group version field audit.k8s.io/__internal, Kind=Policy in policy'],
    ['another kind', 'apiVersion: audit.k8s.io/v1\nkind: Event\n', 'failed decoding: no kind "Event" is registered for version "audit.k8s.io/v1" in scheme "k8s.io/apiserver/pkg/audit/scheme.go:30"'],
    ['a number for rules', policy('rules: 3\n'), 'failed decoding: json: cannot unmarshal number into Go struct field Policy.rules of type []v1.PolicyRule'],
    ['an old version', 'apiVersion: audit.k8s.io/v1beta1\nkind: Policy\n', 'failed decoding: no kind "Policy" is registered for version "audit.k8s.io/v1beta1" in scheme "k8s.io/apiserver/pkg/audit/scheme.go:30"'],
    ['a missing level', policy('rules: [{users: [a]}]\n'), 'rules[0].level: Required value'],
    ['an unknown level', policy('rules: [{level: All}]\n'), 'rules[0].level: Unsupported value: "All": supported values: "None", "Metadata", "Request", "RequestResponse"'],
    ['an unknown stage', policy('omitStages: [Never]\nrules: [{level: None}]\n'), 'omitStages[0]: Invalid value: "Never": allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic'],
    ['a relative path', policy('rules: [{level: None, nonResourceURLs: [logs]}]\n'), 'rules[0].nonResourceURLs[0]: Invalid value: "logs": non-resource URL rules must begin with a \'/\' character'],
    ['a star inside a path', policy('rules: [{level: None, nonResourceURLs: ["/a*b"]}]\n'), 'rules[0].nonResourceURLs[0]: Invalid value: "/a*b": non-resource URL wildcards \'*\' must be the final character of the rule'],
    ['resources and paths in one rule', policy('rules: [{level: None, nonResourceURLs: ["/a"], namespaces: [b]}]\n'), 'rules[0].nonResourceURLs: Invalid value: ["/a"]: rules cannot apply to both regular resources and non-resource URLs'],
    ['names without resources', policy('rules: [{level: None, resources: [{resourceNames: [a]}]}]\n'), 'rules[0].resources.resourceNames: Invalid value: ["a"]: using resourceNames requires at least one resource'],
    ['two faults', policy('rules: [{users: [a]}, {level: x}]\n'), '[rules[0].level: Required value, rules[1].level: Unsupported value: "x": supported values: "None", "Metadata", "Request", "RequestResponse"]'],
  ])('refuses %s', (_what, text, message) => {
    expect(() => readAuditPolicy(text, silent)).toThrow(expect.objectContaining({ message }));
  });
});
