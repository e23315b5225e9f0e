import type { appsV1 } from '@kubernode/api';
import type { FieldError, KubeObject } from '@kubernode/apimachinery';
import { nonNegative } from '../shared/number-rules.ts';
import { defaultPodTemplate } from '../shared/pod-spec/defaults.ts';
import { dropUnservedTemplateFields } from '../shared/pod-spec/dropped-fields.ts';
import { selectorChangeFaults, statusCountFaults, statusOrderFaults, workloadSelectorFaults, workloadWarnings } from '../shared/workload-rules.ts';
import type { Strategy } from '../strategy.ts';
import { replicaTemplateFaults } from './deployment.ts';

type ReplicaSet = appsV1.ReplicaSet & KubeObject;

/** Replica sets: a number of pods of one template. */
export const replicaSetStrategy: Strategy<ReplicaSet> = {
  defaults({ spec }) {
    if (spec === undefined) return;
    spec.replicas ??= 1;
    defaultPodTemplate(spec.template);
  },
  prepareForCreate(set) {
    set.status = { replicas: 0 };
    dropUnservedTemplateFields(set.spec?.template);
  },
  prepareForUpdate: ({ spec }) => { dropUnservedTemplateFields(spec?.template); },
  validate: ({ spec }) => specFaults(spec),
  validateUpdate: (set, old, { subresource }) => (subresource === 'status' ? statusFaults(set.status ?? { replicas: 0 })
    : [...specFaults(set.spec), ...selectorChangeFaults(set.spec?.selector, old.spec?.selector)]),
  warnings: workloadWarnings,
  generationFields: ['spec'],
};

function specFaults(spec: Readonly<appsV1.ReplicaSetSpec> | undefined): FieldError[] {
  const { replicas, minReadySeconds, selector, template }: Partial<appsV1.ReplicaSetSpec> = spec ?? {};
  return [
    ...nonNegative(replicas, 'spec.replicas'), ...nonNegative(minReadySeconds, 'spec.minReadySeconds'), ...workloadSelectorFaults(selector, 'deployment'), ...replicaTemplateFaults(selector, template),
  ];
}

function statusFaults(status: Readonly<appsV1.ReplicaSetStatus>): FieldError[] {
  return [
    ...statusCountFaults(status, ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration', 'terminatingReplicas']),
    ...statusOrderFaults(status, ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas']),
  ];
}
