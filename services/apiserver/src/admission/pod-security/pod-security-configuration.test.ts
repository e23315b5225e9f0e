import type { AdmissionAttributes } from '../admission.ts';
import type { AdmissionDependencies } from '../admission-plugins.ts';
import { podSecurity } from './pod-security.ts';
import { readPodSecurityConfiguration } from './pod-security-configuration.ts';

const document = (fields: object): string => JSON.stringify({ kind: 'PodSecurityConfiguration', apiVersion: 'pod-security.admission.config.k8s.io/v1', ...fields });
const configuration = document({ defaults: { enforce: 'baseline', 'enforce-version': 'v1.30' }, exemptions: { usernames: ['root'], namespaces: ['free'], runtimeClasses: ['vm'] } });

describe('configured pod security', () => {
  const plugin = podSecurity({ sources: () => ({ get: (_: string, name: string) => ({ metadata: { name } }) }), get: async () => undefined, list: async () => [], configurationOf: () => configuration } as unknown as AdmissionDependencies); // what the plugin uses of them
  test.each<[string, object, object, string | undefined, string[]]>([
    ['holds where a namespace says nothing', {}, {}, 'violates PodSecurity "baseline:v1.30"', ['enforce-policy=baseline:v1.30']],
    ['exempts users', { user: { name: 'root' } }, {}, undefined, ['exempt=user']],
    ['exempts namespaces', { namespace: 'free' }, {}, undefined, ['exempt=namespace']],
    ['exempts runtime classes', {}, { runtimeClassName: 'vm' }, undefined, ['exempt=runtimeClass']],
  ])('%s', (_name, more, spec, expected, expectedNotes) => {
    const notes: string[] = [];
    const attributes = { operation: 'CREATE', group: '', resource: 'pods', subresource: '', namespace: 'n', name: 'x', user: { name: 'u' }, object: { metadata: {}, spec: { hostPID: true, containers: [], ...spec } }, annotate: (key: string, value: string) => { notes.push(`${key.split('/')[1]}=${value}`); }, warn: () => undefined, ...more } as unknown as AdmissionAttributes; // likewise
    const judge = (): void => { void plugin.validate?.(attributes); };
    if (expected === undefined) expect(judge).not.toThrow();
    else expect(judge).toThrow(expected);
    expect(notes).toEqual(expectedNotes);
  });

  test('warns of labels on exempt namespaces', async () => {
    const warnings: string[] = [];
    await plugin.validate?.({ operation: 'CREATE', group: '', resource: 'namespaces', subresource: '', name: 'free', object: { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } }, warn: (text: string) => { warnings.push(text); } } as unknown as AdmissionAttributes); // likewise
    expect(warnings).toEqual(['namespace "free" is exempt from Pod Security, and the policy (enforce=restricted:v1.30) will be ignored']);
  });
});

test.each<[string, object, string]>([
  ['levels', { defaults: { enforce: 'strict' } }, 'defaults.enforce: Invalid value: "strict": must be one of privileged, baseline, restricted'],
  ['versions', { defaults: { 'warn-version': '1.30' } }, 'defaults.warn-version: Invalid value: "1.30": must be "latest" or "v1.x"'],
  ['doubled names', { exemptions: { namespaces: ['a', 'a'] } }, 'exemptions.namespaces[1]: Duplicate value: "a"'],
  ['empty users', { exemptions: { usernames: [''] } }, 'exemptions.usernames[0]: Invalid value: "": username must not be empty'],
  ['unknown fields', { exemption: {} }, 'strict decoding error: unknown field "exemption"'],
])('refuses wrong %s', (_name, fields, expected) => {
  expect(() => readPodSecurityConfiguration(document(fields))).toThrow(expected);
});
