import type { appsV1 } from '@kubernode/api';
import { forbiddenField, invalidValue, notSupported, required, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { internalJson } from '../shared/go-text/internal-json.ts';
import { nonNegative } from '../shared/number-rules.ts';
import { defaultPodTemplate } from '../shared/pod-spec/defaults.ts';
import { podTemplateFaults, runsForeverFaults, selectorMatchFaults } from '../shared/pod-spec/pod-template-rules.ts';
import {
  collisionCountFaults, countOrShare, countOrShareFaults, over100PercentFaults, readSelector, selectorChangeFaults, shownSelector, statusCountFaults, statusOrderFaults, workloadSelectorFaults, workloadWarnings,
} from '../shared/workload-rules.ts';
import { dropUnservedTemplateFields } from '../shared/pod-spec/dropped-fields.ts';
import type { Strategy } from '../strategy.ts';

type Deployment = appsV1.Deployment & KubeObject;

const TYPES: readonly string[] = ['Recreate', 'RollingUpdate'];

/** Deployments: rollouts of replica sets. */
export const deploymentStrategy: Strategy<Deployment> = {
  defaults: ({ spec }) => { if (spec !== undefined) defaultSpec(spec); },
  prepareForCreate: ({ spec }) => { dropUnservedTemplateFields(spec?.template); },
  prepareForUpdate(deployment, old, { subresource }) {
    if (subresource === 'status') keepLabels(deployment, old);
    dropUnservedTemplateFields(deployment.spec?.template);
  },
  validate: ({ spec }) => specFaults(spec),
  validateUpdate: (deployment, old, { subresource }) => (subresource === 'status' ? statusFaults(deployment.status ?? {}, old.status ?? {})
    : [...specFaults(deployment.spec), ...selectorChangeFaults(deployment.spec?.selector, old.spec?.selector)]),
  warnings: workloadWarnings,
  generationFields: ['spec', 'metadata.annotations'],
};

function defaultSpec(spec: appsV1.DeploymentSpec): void {
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  const strategy = (spec.strategy ??= {});
  strategy.type ||= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    const rollingUpdate = (strategy.rollingUpdate ??= {});
    rollingUpdate.maxUnavailable ??= '25%';
    rollingUpdate.maxSurge ??= '25%';
  }
  defaultPodTemplate(spec.template);
}

/** The one status endpoint that leaves labels alone. */
function keepLabels({ metadata }: Deployment, { metadata: old }: Readonly<Deployment>): void {
  if (old.labels === undefined) delete metadata.labels;
  else metadata.labels = { ...old.labels };
}

function specFaults(spec: Readonly<appsV1.DeploymentSpec> | undefined): FieldError[] {
  const { replicas, selector, template, strategy = {}, minReadySeconds = 0, revisionHistoryLimit, progressDeadlineSeconds: deadline }: Partial<appsV1.DeploymentSpec> = spec ?? {};
  return [
    ...nonNegative(replicas, 'spec.replicas'), ...workloadSelectorFaults(selector, 'deployment'), ...replicaTemplateFaults(selector, template),
    ...strategyFaults(strategy, 'spec.strategy'), ...nonNegative(minReadySeconds, 'spec.minReadySeconds'), ...nonNegative(revisionHistoryLimit, 'spec.revisionHistoryLimit'),
    ...nonNegative(deadline, 'spec.progressDeadlineSeconds'),
    ...(deadline !== undefined && deadline <= minReadySeconds ? [invalidValue('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds')] : []),
  ];
}

/** The template of a workload that keeps a number of pods; replica sets have the same. */
export function replicaTemplateFaults(selector: appsV1.DeploymentSpec['selector'] | undefined, template: appsV1.DeploymentSpec['template'] | undefined): FieldError[] {
  const path = 'spec.template';
  const read = readSelector(selector);
  if (read === undefined) return [invalidValue('spec.selector', shownSelector(selector), 'invalid label selector')];
  return [...selectorMatchFaults(template, read, path), ...podTemplateFaults(template, path), ...runsForeverFaults(template, path, 'ReplicaSet')];
}

function strategyFaults(strategy: Readonly<appsV1.DeploymentStrategy>, path: string): FieldError[] {
  const { type = '', rollingUpdate } = strategy;
  if (!TYPES.includes(type)) return [notSupported(path, internalJson('DeploymentStrategy', strategy), TYPES)];
  const at = `${path}.rollingUpdate`;
  if (type === 'Recreate') return rollingUpdate === undefined ? [] : [forbiddenField(at, "may not be specified when strategy `type` is 'Recreate'")];
  if (rollingUpdate === undefined) return [required(at, 'this should be defaulted and never be nil')];
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  return [
    ...countOrShareFaults(maxUnavailable, `${at}.maxUnavailable`), ...countOrShareFaults(maxSurge, `${at}.maxSurge`),
    ...(countOrShare(maxUnavailable) === 0 && countOrShare(maxSurge) === 0 ? [invalidValue(`${at}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0')] : []),
    ...over100PercentFaults(maxUnavailable, `${at}.maxUnavailable`),
  ];
}

function statusFaults(status: Readonly<appsV1.DeploymentStatus>, old: Readonly<appsV1.DeploymentStatus>): FieldError[] {
  return [
    ...statusCountFaults(status, ['observedGeneration', 'replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas', 'unavailableReplicas', 'terminatingReplicas', 'collisionCount']),
    ...statusOrderFaults(status, ['updatedReplicas', 'readyReplicas', 'availableReplicas']), ...collisionCountFaults(status.collisionCount, old.collisionCount),
  ];
}
