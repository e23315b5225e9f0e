import type { coreV1 } from '@kubernode/api';
import { forbiddenField, type FieldError, type GroupResource, type KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from './strategy.ts';

/** Where kinds keep the specs of pods, their own or those they will make. */
const POD_SPECS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['/pods', ['spec']], ['/podtemplates', ['template', 'spec']], ['/replicationcontrollers', ['spec', 'template', 'spec']],
  ...['apps/deployments', 'apps/replicasets', 'apps/statefulsets', 'apps/daemonsets', 'batch/jobs'].map((key) => [key, ['spec', 'template', 'spec']] as const),
  ['batch/cronjobs', ['spec', 'jobTemplate', 'spec', 'template', 'spec']],
]);
const CONTAINERS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/** A kind's strategy under --allow-privileged=false: no container may be privileged. Kinds without pods keep theirs as it is. */
export function forbidPrivileged({ group, resource }: GroupResource, strategy: Strategy): Strategy {
  const path = POD_SPECS.get(`${group}/${resource}`);
  if (path === undefined) return strategy;
  const faults = (object: Readonly<KubeObject>): FieldError[] => privilegedFaults(path.reduce<unknown>((value, field) => (value as Record<string, unknown> | undefined)?.[field], object) as coreV1.PodSpec | undefined, path.join('.')); // by the kind's schema
  return {
    ...strategy,
    validate: (object, context) => [...strategy.validate?.(object, context) ?? [], ...faults(object)],
    validateUpdate: (object, old, context) => [...strategy.validateUpdate?.(object, old, context) ?? [], ...(context.subresource === 'status' ? [] : faults(object))],
  };
}

function privilegedFaults(spec: Readonly<coreV1.PodSpec> | undefined, path: string): FieldError[] {
  if (spec === undefined) return [];
  const containers = CONTAINERS.flatMap((field) => (spec[field] ?? []).map(({ securityContext }, index) => ({ securityContext, at: `${path}.${field}[${index}]` })));
  const isHostProcess = [spec, ...containers].some(({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true);
  return [
    ...containers.filter(({ securityContext }) => securityContext?.privileged === true).map(({ at }) => forbiddenField(`${at}.securityContext.privileged`, 'disallowed by cluster policy')),
    ...(isHostProcess ? [forbiddenField(path, 'hostProcess containers are disallowed by cluster policy')] : []),
  ];
}
