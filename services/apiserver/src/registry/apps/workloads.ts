import type { appsV1, coreV1 } from '@kubernode/api';
import { invalidValue, required, selectorFromLabelSelector, matchesLabels, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { jsonEquals } from '../write/json-equals.ts';
import type { Strategy } from '../strategy.ts';
import { defaultPodSpec } from '../core/pod-spec-defaults.ts';
import { validatePodSpec } from '../core/pod-validation.ts';

type Deployment = appsV1.Deployment & KubeObject;
type ReplicaSet = appsV1.ReplicaSet & KubeObject;
type StatefulSet = appsV1.StatefulSet & KubeObject;
type DaemonSet = appsV1.DaemonSet & KubeObject;

export const deploymentStrategy: Strategy<Deployment> = {
  defaults({ spec }) {
    if (spec === undefined) return;
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    const strategy = (spec.strategy ??= {});
    strategy.type ||= 'RollingUpdate';
    if (strategy.type === 'RollingUpdate') {
      strategy.rollingUpdate ??= {};
      strategy.rollingUpdate.maxUnavailable ??= '25%';
      strategy.rollingUpdate.maxSurge ??= '25%';
    }
    defaultTemplate(spec.template);
  },
  prepareForUpdate: labelsStayInStatus,
  validate: validateWorkload,
  validateUpdate: validateWorkloadUpdate,
  generationFields: ['spec', 'metadata.annotations'],
};

/** The one status endpoint that leaves labels alone. */
function labelsStayInStatus(deployment: Deployment, old: Readonly<Deployment>, { subresource }: { subresource: string }): void {
  if (subresource !== 'status') return;
  if (old.metadata.labels === undefined) delete deployment.metadata.labels;
  else deployment.metadata.labels = { ...old.metadata.labels };
}

export const replicaSetStrategy: Strategy<ReplicaSet> = {
  defaults({ spec }) {
    if (spec === undefined) return;
    spec.replicas ??= 1;
    if (spec.template !== undefined) defaultTemplate(spec.template);
  },
  prepareForCreate(set) { set.status = { replicas: 0 }; },
  validate: validateWorkload,
  validateUpdate: validateWorkloadUpdate,
  selectableFields: ({ status }) => ({ 'status.replicas': String(status?.replicas ?? 0) }),
  generationFields: ['spec'],
};

export const statefulSetStrategy: Strategy<StatefulSet> = {
  defaults({ spec }) {
    if (spec === undefined) return;
    spec.podManagementPolicy ||= 'OrderedReady';
    const strategy = (spec.updateStrategy ??= {});
    strategy.type ||= 'RollingUpdate';
    if (strategy.type === 'RollingUpdate') {
      strategy.rollingUpdate ??= {};
      strategy.rollingUpdate.partition ??= 0;
    }
    spec.persistentVolumeClaimRetentionPolicy ??= {};
    spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain';
    spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain';
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    defaultTemplate(spec.template);
    for (const claim of spec.volumeClaimTemplates ?? []) defaultClaimTemplate(claim);
  },
  prepareForCreate(set) { set.status = { replicas: 0, availableReplicas: 0 }; },
  validate: validateWorkload,
  validateUpdate: validateWorkloadUpdate,
  generationFields: ['spec'],
};

/** Claims inside a template are whole objects with a status. */
function defaultClaimTemplate(claim: coreV1.PersistentVolumeClaim): void {
  claim.apiVersion = 'v1';
  claim.kind = 'PersistentVolumeClaim';
  claim.spec = { ...claim.spec, volumeMode: claim.spec?.volumeMode ?? 'Filesystem' };
  claim.status = { phase: 'Pending', ...claim.status };
}

export const daemonSetStrategy: Strategy<DaemonSet> = {
  defaults({ spec }) {
    if (spec === undefined) return;
    const strategy = (spec.updateStrategy ??= {});
    strategy.type ||= 'RollingUpdate';
    if (strategy.type === 'RollingUpdate') {
      strategy.rollingUpdate ??= {};
      strategy.rollingUpdate.maxUnavailable ??= 1;
      strategy.rollingUpdate.maxSurge ??= 0;
    }
    spec.revisionHistoryLimit ??= 10;
    defaultTemplate(spec.template);
  },
  prepareForCreate(set) {
    set.status = { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 };
    if (set.spec !== undefined) markTemplateGeneration(set);
  },
  validate: validateWorkload,
  validateUpdate: validateWorkloadUpdate,
  generationFields: ['spec'],
};

function markTemplateGeneration(set: DaemonSet): void {
  set.metadata.annotations = { ...set.metadata.annotations, 'deprecated.daemonset.template.generation': '1' };
}

export function defaultTemplate(template: coreV1.PodTemplateSpec | undefined): void {
  if (template === undefined) return;
  template.metadata ??= {} as NonNullable<coreV1.PodTemplateSpec['metadata']>; // templates have no name
  if (template.spec !== undefined) defaultPodSpec(template.spec);
}

interface Workload extends KubeObject {
  spec?: { replicas?: number; selector?: { matchLabels?: Record<string, string> }; template?: coreV1.PodTemplateSpec };
}

function validateWorkload(workload: Readonly<Workload>): FieldError[] {
  const { replicas, selector, template } = workload.spec ?? {};
  const errors: FieldError[] = [];
  if (replicas !== undefined && replicas < 0) errors.push(invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0'));
  if (selector === undefined || selector === null) errors.push(required('spec.selector'));
  else if (Object.keys(selector).length === 0) errors.push(invalidValue('spec.selector', selector, `empty selector is invalid for ${workload.kind.toLowerCase()}`));
  else if (!matchesLabels(selectorFromLabelSelector(selector), template?.metadata?.labels)) {
    errors.push(invalidValue('spec.template.metadata.labels', template?.metadata?.labels ?? null, '`selector` does not match template `labels`'));
  }
  errors.push(...validatePodSpec(template?.spec, 'spec.template.spec'));
  return errors;
}

function validateWorkloadUpdate(workload: Readonly<Workload>, old: Readonly<Workload>, { subresource }: { subresource: string }): FieldError[] {
  if (subresource === 'status') return [];
  const errors = validateWorkload(workload);
  if (!jsonEquals(workload.spec?.selector, old.spec?.selector)) errors.push(invalidValue('spec.selector', workload.spec?.selector, 'field is immutable'));
  return errors;
}
