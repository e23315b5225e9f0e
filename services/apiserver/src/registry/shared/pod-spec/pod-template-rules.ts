import type { coreV1 } from '@kubernode/api';
import { forbiddenField, invalidMap, matchesLabels, notSupported, validateAnnotations, validateLabels, type FieldError, type LabelSelector } from '@kubernode/apimachinery';
import { podAnnotationFaults } from './pod-annotations.ts';
import { podSpecFaults } from './pod-spec-rules.ts';
import { profileMatchFaults } from './security-profiles.ts';

/** Faults of the template from which a workload makes pods. */
export function podTemplateFaults(template: Readonly<coreV1.PodTemplateSpec> | undefined, path: string): FieldError[] {
  const { labels, annotations = {} } = template?.metadata ?? {};
  const spec = template?.spec ?? { containers: [] };
  return [
    ...validateLabels(labels, `${path}.labels`), ...validateAnnotations(annotations, `${path}.annotations`), ...podAnnotationFaults(annotations, spec, `${path}.annotations`),
    ...podSpecFaults(spec, `${path}.spec`, { isPod: false }), ...profileMatchFaults(annotations, spec, `${path}.spec`),
    ...((spec.ephemeralContainers ?? []).length > 0 ? [forbiddenField(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')] : []),
  ];
}

/** The workload has to find its pods again. An empty selector finds all. */
export function selectorMatchFaults(template: Readonly<coreV1.PodTemplateSpec> | undefined, selector: LabelSelector, path: string): FieldError[] {
  const labels = template?.metadata?.labels;
  return selector.length === 0 || matchesLabels(selector, labels) ? [] : [invalidMap(`${path}.metadata.labels`, labels, '`selector` does not match template `labels`')];
}

/** Pods of workloads that keep them running never end by themselves. */
export function runsForeverFaults(template: Readonly<coreV1.PodTemplateSpec> | undefined, path: string, kind: string): FieldError[] {
  const { restartPolicy = '', activeDeadlineSeconds } = template?.spec ?? {};
  return [
    ...(restartPolicy === 'Always' ? [] : [notSupported(`${path}.spec.restartPolicy`, restartPolicy, ['Always'])]),
    ...(activeDeadlineSeconds === undefined ? [] : [forbiddenField(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`)]),
  ];
}
