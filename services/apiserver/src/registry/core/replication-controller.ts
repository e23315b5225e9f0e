import type { coreV1 } from '@kubernode/api';
import { required, selectorFromLabels, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { nonNegative } from '../shared/number-rules.ts';
import { defaultPodTemplate } from '../shared/pod-spec/defaults.ts';
import { dropUnservedTemplateFields } from '../shared/pod-spec/dropped-fields.ts';
import { podTemplateFaults, runsForeverFaults, selectorMatchFaults } from '../shared/pod-spec/pod-template-rules.ts';
import { statusCountFaults, statusOrderFaults, workloadWarnings } from '../shared/workload-rules.ts';
import type { Strategy } from '../strategy.ts';

type ReplicationController = coreV1.ReplicationController & KubeObject;

/** Replication controllers: the oldest workload, with a plain map as selector. */
export const replicationControllerStrategy: Strategy<ReplicationController> = {
  defaults: defaultController,
  prepareForCreate(controller) {
    controller.status = { replicas: 0 };
    dropUnservedTemplateFields(controller.spec?.template);
  },
  prepareForUpdate: ({ spec }) => { dropUnservedTemplateFields(spec?.template); },
  validate: ({ spec }) => specFaults(spec),
  validateUpdate: ({ spec, status }, _old, { subresource }) => (subresource === 'status' ? statusFaults(status ?? { replicas: 0 }) : specFaults(spec)),
  warnings: workloadWarnings,
  selectableFields: ({ status }) => ({ 'status.replicas': String(status?.replicas ?? 0) }),
  generationFields: ['spec'],
  orphansByDefault: true,
};

/** The labels of the template are the controller's, and what it selects, unless it says otherwise. */
function defaultController({ metadata, spec }: ReplicationController): void {
  if (spec === undefined) return;
  const labels = spec.template?.metadata?.labels;
  if (labels !== undefined) {
    if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
    if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
  }
  spec.replicas ??= 1;
  defaultPodTemplate(spec.template);
}

function specFaults({ minReadySeconds, selector = {}, replicas, template }: Readonly<coreV1.ReplicationControllerSpec> = {}): FieldError[] {
  const path = 'spec.template';
  return [
    ...nonNegative(minReadySeconds, 'spec.minReadySeconds'), ...(Object.keys(selector).length === 0 ? [required('spec.selector')] : []),
    ...(replicas === undefined ? [required('spec.replicas')] : nonNegative(replicas, 'spec.replicas')),
    ...(template === undefined ? [required(path)] : [...selectorMatchFaults(template, selectorFromLabels(selector), path), ...podTemplateFaults(template, path), ...runsForeverFaults(template, path, 'ReplicationController')]),
  ];
}

function statusFaults(status: Readonly<coreV1.ReplicationControllerStatus>): FieldError[] {
  return [
    ...statusCountFaults(status, ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration']),
    ...statusOrderFaults(status, ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas']),
  ];
}
