import type { coreV1 } from '@kubernode/api';
import { aPod } from '../runtime/test-states.ts';
import { sysctlPatternFault, sysctlRefusal } from './allowed-sysctls.ts';
import { appArmorRefusal } from './app-armor.ts';
import { placeRefusal } from './node-place.ts';

const node: coreV1.Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', labels: { zone: 'a' } }, spec: { taints: [{ key: 'bad', effect: 'NoExecute' }, { key: 'soft', effect: 'NoSchedule' }] } };
const tolerant: Partial<coreV1.PodSpec> = { tolerations: [{ key: 'bad', operator: 'Exists' }] };
const withPort = (hostPort: number, hostIP?: string): coreV1.Container[] => [{ name: 'c', ports: [{ containerPort: 1, hostPort, ...(hostIP !== undefined && { hostIP }) }] }];
const affinity = (expression: coreV1.NodeSelectorRequirement): Partial<coreV1.PodSpec> => ({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } } } });

const cases: [string, Partial<coreV1.PodSpec>, string | undefined][] = [
  ['nothing is asked for', {}, undefined],
  ['the selector fits', { nodeSelector: { zone: 'a' } }, undefined],
  ['the selector does not', { nodeSelector: { zone: 'b' } }, 'NodeAffinity'],
  ['the affinity fits', affinity({ key: 'zone', operator: 'In', values: ['a'] }), undefined],
  ['the affinity does not', affinity({ key: 'zone', operator: 'NotIn', values: ['a'] }), 'NodeAffinity'],
  ['a taken port', { containers: withPort(80) }, 'NodePorts'],
  ['a taken port at another address', { containers: withPort(80, '192.0.2.7') }, 'NodePorts'],
  ['another port', { containers: withPort(81) }, undefined],
  ['no toleration', { tolerations: [] }, 'TaintToleration'],
];
test.each(cases)('placeRefusal: %s', (_what, spec, want) => {
  const other = aPod({ containers: withPort(80) }, { metadata: { uid: 'other' } });
  expect(placeRefusal(aPod({ ...tolerant, ...spec }), [other], node)?.reason).toBe(want);
});

test('placeRefusal: a pod is not in its own way; labels of other systems', () => {
  const pod = aPod({ ...tolerant, containers: withPort(80) });
  expect(placeRefusal(pod, [pod], node)).toBeUndefined();
  expect(placeRefusal(aPod(tolerant, { metadata: { labels: { 'kubernetes.io/os': 'windows' } } }), [], node)?.reason).toBe('PodOSSelectorNodeLabelDoesNotMatch');
});

const sysctls: [string, Partial<coreV1.PodSpec>, readonly string[], string | undefined][] = [
  ['net.ipv4.tcp_syncookies', {}, [], undefined],
  ['net/ipv4/tcp_syncookies', {}, [], undefined],
  ['net.ipv4.tcp_syncookies', { hostNetwork: true }, [], '"net.ipv4.tcp_syncookies" not allowed with host Net enabled'],
  ['kernel.shm_rmid_forced', { hostIPC: true }, [], '"kernel.shm_rmid_forced" not allowed with host IPC enabled'],
  ['kernel.msgmax', {}, [], '"kernel.msgmax" not allowlisted'],
  ['kernel.msgmax', {}, ['kernel.msg*'], undefined],
];
test.each(sysctls)('sysctlRefusal: %s of %j with %j allowed', (name, spec, allowed, want) => {
  expect(sysctlRefusal(aPod({ ...spec, securityContext: { sysctls: [{ name, value: '1' }] } }), allowed)).toEqual(want === undefined ? undefined : { reason: 'SysctlForbidden', message: `forbidden sysctl: ${want}` });
});

test.each([['kernel.msg*', true], ['net.core.somaxconn', true], ['vm.swappiness', false], ['KERNEL', false]])('sysctlPatternFault: %s can be allowed: %s', (pattern, can) => {
  expect(sysctlPatternFault(pattern) === undefined).toBe(can);
});

test('appArmorRefusal: a profile where the kernel has none', () => {
  const pod = aPod({ securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } });
  expect([appArmorRefusal(pod, () => false)?.message, appArmorRefusal(pod, () => true), appArmorRefusal(aPod(), () => false)]).toEqual(['Cannot enforce AppArmor: AppArmor is not enabled on the host', undefined, undefined]);
});
