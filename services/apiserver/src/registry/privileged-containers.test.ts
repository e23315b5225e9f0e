import type { KubeObject } from '@kubernode/apimachinery';
import { forbidPrivileged } from './privileged-containers.ts';

const privileged = { name: 'c', securityContext: { privileged: true } };
const template = { template: { spec: { containers: [{ name: 'a' }, privileged] } } };

test.each<[string, string, string, object, string[]]>([
  ['a pod', '', 'pods', { spec: { initContainers: [privileged], containers: [{ name: 'a', securityContext: { privileged: false } }] } }, ['spec.initContainers[0].securityContext.privileged']],
  ['a template', 'apps', 'deployments', { spec: template }, ['spec.template.spec.containers[1].securityContext.privileged']],
  ['a template of a template', 'batch', 'cronjobs', { spec: { jobTemplate: { spec: template } } }, ['spec.jobTemplate.spec.template.spec.containers[1].securityContext.privileged']],
  ['a process of a Windows host', '', 'pods', { spec: { securityContext: { windowsOptions: { hostProcess: true } }, containers: [{ name: 'a' }] } }, ['spec']],
  ['what has no pods', '', 'configmaps', { spec: template }, []],
])('finds privileged containers of %s', (_name, group, resource, fields, expected) => {
  const object = { kind: 'X', apiVersion: 'v1', metadata: { name: 'x' }, ...fields } as KubeObject;
  const strategy = forbidPrivileged({ group, resource }, {});
  const context = { user: { name: '', uid: '', groups: [], extra: {} }, now: 0 };
  expect([strategy.validate?.(object) ?? [], strategy.validateUpdate?.(object, object, { ...context, subresource: '' }) ?? [], strategy.validateUpdate?.(object, object, { ...context, subresource: 'status' }) ?? []].map((faults) => faults.map(({ field }) => field))).toEqual([expected, expected, []]);
});
