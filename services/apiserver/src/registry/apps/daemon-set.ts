import type { appsV1 } from '@kubernode/api';
import { invalidMap, invalidValue, matchesLabels, notSupported, required, validateLabelSelector, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { internalJson } from '../shared/go-text/internal-json.ts';
import { nonNegative } from '../shared/number-rules.ts';
import { defaultPodTemplate } from '../shared/pod-spec/defaults.ts';
import { dropUnservedTemplateFields } from '../shared/pod-spec/dropped-fields.ts';
import { podTemplateFaults, runsForeverFaults } from '../shared/pod-spec/pod-template-rules.ts';
import { templateWarnings } from '../shared/pod-spec/warnings.ts';
import { collisionCountFaults, countOrShare, countOrShareFaults, emptySelectorFaults, over100PercentFaults, readSelector, selectorChangeFaults, statusCountFaults } from '../shared/workload-rules.ts';
import type { Strategy } from '../strategy.ts';
import { jsonEquals } from '../write/json-equals.ts';

type DaemonSet = appsV1.DaemonSet & KubeObject;

/** Where the count of templates is kept for clients of versions that had a field for it. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

/** Daemon sets: one pod of a template on each node. */
export const daemonSetStrategy: Strategy<DaemonSet> = {
  defaults({ metadata, spec }) {
    metadata.annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: metadata.annotations?.[TEMPLATE_GENERATION] ?? '0' }; // so it belongs to whoever makes the object
    if (spec !== undefined) defaultSpec(spec);
  },
  prepareForCreate(set) {
    set.status = { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 };
    markTemplate(set, Math.max(templateGeneration(set), 1));
    dropUnservedTemplateFields(set.spec?.template);
  },
  prepareForUpdate(set, old, { subresource }) {
    dropUnservedTemplateFields(set.spec?.template);
    const changed = subresource !== 'status' && !jsonEquals(set.spec?.template, old.spec?.template);
    markTemplate(set, templateGeneration(old) + (changed ? 1 : 0));
  },
  validate: ({ spec }) => specFaults(spec),
  validateUpdate: (set, old, { subresource }) => (subresource === 'status' ? statusFaults(set.status, old.status)
    : [...selectorChangeFaults(set.spec?.selector, old.spec?.selector), ...specFaults(set.spec)]),
  warnings: (set, old, { subresource }) => (subresource === 'status' || (old !== undefined && jsonEquals(set.spec?.template, old.spec?.template)) ? [] : templateWarnings(set.spec?.template, 'spec.template')),
  generationFields: ['spec'],
};

function templateGeneration({ metadata }: Readonly<DaemonSet>): number {
  const text = metadata.annotations?.[TEMPLATE_GENERATION] ?? '';
  return /^\d+$/.test(text) ? Number(text) : 0;
}

function markTemplate({ metadata }: DaemonSet, generation: number): void {
  metadata.annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: String(generation) };
}

function defaultSpec(spec: appsV1.DaemonSetSpec): void {
  const strategy = (spec.updateStrategy ??= {});
  strategy.type ||= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    const rollingUpdate = (strategy.rollingUpdate ??= {});
    rollingUpdate.maxUnavailable ??= 1;
    rollingUpdate.maxSurge ??= 0;
  }
  spec.revisionHistoryLimit ??= 10;
  defaultPodTemplate(spec.template);
}

function specFaults(spec: Readonly<appsV1.DaemonSetSpec> | undefined): FieldError[] {
  const { selector, template, minReadySeconds, updateStrategy = {}, revisionHistoryLimit }: Partial<appsV1.DaemonSetSpec> = spec ?? {};
  const read = readSelector(selector);
  const labels = template?.metadata?.labels;
  return [
    ...validateLabelSelector(selector, 'spec.selector'),
    ...(read !== undefined && !matchesLabels(read, labels) ? [invalidMap('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')] : []),
    ...emptySelectorFaults(selector, 'daemonset'), ...podTemplateFaults(template, 'spec.template'), ...runsForeverFaults(template, 'spec.template', 'DaemonSet'),
    ...nonNegative(minReadySeconds, 'spec.minReadySeconds'), ...strategyFaults(updateStrategy, 'spec.updateStrategy'), ...nonNegative(revisionHistoryLimit, 'spec.revisionHistoryLimit'),
  ];
}

function strategyFaults(strategy: Readonly<appsV1.DaemonSetUpdateStrategy>, path: string): FieldError[] {
  const { type = '', rollingUpdate } = strategy;
  if (type === 'OnDelete') return [];
  if (type !== 'RollingUpdate') return [notSupported(path, internalJson('DaemonSetUpdateStrategy', strategy), ['RollingUpdate', 'OnDelete'])];
  if (rollingUpdate === undefined) return [required(`${path}.rollingUpdate`)];
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  const at = `${path}.rollingUpdate`;
  const [unavailable, surge] = [countOrShare(maxUnavailable) !== 0, countOrShare(maxSurge) !== 0];
  return [
    ...countOrShareFaults(maxUnavailable, `${at}.maxUnavailable`), ...countOrShareFaults(maxSurge, `${at}.maxSurge`),
    ...over100PercentFaults(maxUnavailable, `${at}.maxUnavailable`), ...over100PercentFaults(maxSurge, `${at}.maxSurge`),
    ...(unavailable && surge ? [invalidValue(`${at}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero')] : []),
    ...(!unavailable && !surge ? [required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0')] : []),
  ];
}

function statusFaults(status: Readonly<Partial<appsV1.DaemonSetStatus>> = {}, old: Readonly<Partial<appsV1.DaemonSetStatus>> = {}): FieldError[] {
  const fields = ['currentNumberScheduled', 'numberMisscheduled', 'desiredNumberScheduled', 'numberReady', 'observedGeneration', 'updatedNumberScheduled', 'numberAvailable', 'numberUnavailable', 'collisionCount'] as const;
  return [...statusCountFaults(status, fields), ...collisionCountFaults(status.collisionCount, old.collisionCount)];
}
