import type { coreV1 } from '@kubernode/api';
import type { AdmissionAttributes } from '../admission.ts';
import type { AdmissionDependencies } from '../admission-plugins.ts';
import { describe as inWords, describePods, violationsOf } from './evaluate.ts';
import { podSecurity } from './pod-security.ts';
import { formatLevel, policyOf, type Level } from './policy.ts';

const PREFIX = 'pod-security.kubernetes.io/';
const good: coreV1.SecurityContext = { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' } };
const violations = (spec: Partial<coreV1.PodSpec>, level: Level, minor = Infinity): string => inWords(violationsOf({ annotations: {}, spec: { containers: [], ...spec } }, { level, minor }));
const container = (securityContext: coreV1.SecurityContext, more: Partial<coreV1.Container> = {}): Partial<coreV1.PodSpec> => ({ containers: [{ name: 'c', securityContext, ...more }] });

describe('levels of security', () => {
  it.each<[string, Partial<coreV1.PodSpec>, Level, number, string]>([
    ['anything', { hostPID: true }, 'privileged', Infinity, ''],
    ['a plain pod', container({}), 'baseline', Infinity, ''],
    ['host things', { ...container({}, { ports: [{ containerPort: 1, hostPort: 80 }] }), hostNetwork: true, volumes: [{ name: 'v', hostPath: { path: '/' } }] }, 'baseline', Infinity, 'host namespaces (hostNetwork=true), hostPath volumes (volume "v"), hostPort (container "c" uses hostPort 80)'],
    ['capabilities', container({ capabilities: { add: ['NET_ADMIN', 'CHOWN'] } }), 'baseline', Infinity, 'non-default capabilities (container "c" must not include "NET_ADMIN" in securityContext.capabilities.add)'],
    ['labels of SELinux', { ...container({}), securityContext: { seLinuxOptions: { type: 'x', user: 'u' } } }, 'baseline', Infinity, 'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "x"; user may not be set)'],
    ['a sysctl of 1.29', { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_fin_timeout', value: '1' }] } }, 'baseline', Infinity, ''],
    ['a sysctl before 1.29', { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_fin_timeout', value: '1' }] } }, 'baseline', 28, 'forbidden sysctls (net.ipv4.tcp_fin_timeout)'],
    ['probes of other hosts', container({}, { livenessProbe: { tcpSocket: { host: 'h', port: 1 } } }), 'baseline', 34, 'probe or lifecycle host (container "c" uses probe or lifecycle host "h")'],
    ['probes of other hosts before 1.34', container({}, { livenessProbe: { tcpSocket: { host: 'h', port: 1 } } }), 'baseline', 33, ''],
    ['good practice', container(good), 'restricted', Infinity, ''],
    ['a volume', { ...container(good), volumes: [{ name: 'v', nfs: { server: 's', path: '/' } }] }, 'restricted', Infinity, 'restricted volume types (volume "v" uses restricted volume type "nfs")'],
    ['root in a user namespace', { ...container({ ...good, runAsNonRoot: false, runAsUser: 0 }), hostUsers: false }, 'restricted', 35, ''],
    ['root', container({ ...good, runAsNonRoot: false, runAsUser: 0 }), 'restricted', Infinity, 'runAsNonRoot != true (container "c" must not set securityContext.runAsNonRoot=false), runAsUser=0 (container "c" must not set runAsUser=0)'],
    ['1.7 restricts little', container({}), 'restricted', 7, 'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)'],
    ['Windows', { ...container({ runAsNonRoot: true }), os: { name: 'windows' } }, 'restricted', Infinity, ''],
  ])('%s', (_name, spec, level, minor, expected) => { expect(violations(spec, level, minor)).toBe(expected); });
});

describe('policyOf', () => {
  it.each<[string, Record<string, string>, string[], string[]]>([
    ['nothing', {}, ['privileged:latest', 'privileged:latest', 'privileged:latest'], []],
    ['enforce also warns', { enforce: 'restricted', 'enforce-version': 'v1.30' }, ['restricted:v1.30', 'privileged:latest', 'restricted:v1.30'], []],
    ['unless told otherwise', { enforce: 'baseline', warn: 'privileged' }, ['baseline:latest', 'privileged:latest', 'privileged:latest'], []],
    ['unreadable', { enforce: 'x', warn: 'y', 'audit-version': 'v2' }, ['restricted:latest', 'privileged:latest', 'privileged:latest'], ['enforce', 'audit-version', 'warn']],
  ])('%s', (_name, labels, expected, faulty) => {
    const { policy, faults } = policyOf(Object.fromEntries(Object.entries(labels).map(([key, value]) => [PREFIX + key, value])));
    expect([[policy.enforce, policy.audit, policy.warn].map(formatLevel), faults.map(({ field }) => field)]).toEqual([expected, faulty.map((key) => `metadata.labels[${PREFIX}${key}]`)]);
  });
});

it('tells of existing pods by what they break together', () => {
  const view = { annotations: {}, spec: { hostPID: true, containers: [] } };
  expect(describePods([{ name: 'b', view }, { name: 'a', view }, { name: 'c', view: { annotations: {}, spec: { containers: [] } } }], { level: 'baseline', minor: Infinity })).toEqual(['a (and 1 other pod): host namespaces']);
});

describe('the plugin', () => {
  const plugin = podSecurity({
    sources: (() => ({ get: () => ({ metadata: { labels: { [`${PREFIX}enforce`]: 'baseline' } } }) })), get: async () => undefined, list: async () => [], configurationOf: () => undefined,
  } as unknown as AdmissionDependencies); // what the plugin uses of them
  const judge = (resource: string, object: object, warnings: string[] = []): void => {
    void plugin.validate?.({ operation: 'CREATE', group: resource === 'pods' ? '' : 'apps', resource, subresource: '', namespace: 'n', name: 'x', user: { name: 'u' }, object, annotate: () => undefined, warn: (text: string) => { warnings.push(text); } } as unknown as AdmissionAttributes); // likewise
  };
  const spec = { hostPID: true, containers: [] };

  it('refuses pods and warns controllers of them', () => {
    expect(() => { judge('pods', { metadata: {}, spec }); }).toThrow('pods "x" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostPID=true)');
    const warnings: string[] = [];
    judge('deployments', { metadata: {}, spec: { template: { spec } } }, warnings);
    expect(warnings).toEqual(['would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)']);
  });
});
