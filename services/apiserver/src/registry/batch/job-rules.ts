import type { batchV1 } from '@kubernode/api';
import { dnsLabelFaults, invalidMap, invalidValue, matchesLabels, notSupported, required, subdomainFaults, tooLong, tooMany, validateLabelSelector, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { nonNegative } from '../shared/number-rules.ts';
import { podTemplateFaults } from '../shared/pod-spec/pod-template-rules.ts';
import { readSelector, shownSelector } from '../shared/workload-rules.ts';
import { parseIndexes } from './index-ranges.ts';
import { failurePolicyFaults } from './pod-failure-policy-rules.ts';

type Spec = Readonly<batchV1.JobSpec>;

const INDEXED_PARALLELISM_MAX = 100_000;
const FAILED_INDEXES_MAX = 100_000;
const MANY_COMPLETIONS = 100_000;
const MANY_COMPLETIONS_LIMIT = 10_000;
const MANAGED_BY_LENGTH_MAX = 63;
const SUCCESS_RULES_MAX = 20;
const INDEXES_TEXT_MAX = 64 * 1024;
const MODES = ['NonIndexed', 'Indexed'];

/** Faults of a job's spec, in a job or in the template of a cron job. */
export function jobSpecFaults(spec: Spec, path: string): FieldError[] {
  return [
    ...nonNegative(spec.parallelism, `${path}.parallelism`), ...nonNegative(spec.completions, `${path}.completions`),
    ...nonNegative(spec.activeDeadlineSeconds, `${path}.activeDeadlineSeconds`), ...nonNegative(spec.backoffLimit, `${path}.backoffLimit`),
    ...nonNegative(spec.ttlSecondsAfterFinished, `${path}.ttlSecondsAfterFinished`), ...nonNegative(spec.backoffLimitPerIndex, `${path}.backoffLimitPerIndex`),
    ...nonNegative(spec.maxFailedIndexes, `${path}.maxFailedIndexes`),
    ...(spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined ? [required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified')] : []),
    ...managedByFaults(spec.managedBy, `${path}.managedBy`), ...modeFaults(spec, path),
    ...(spec.podFailurePolicy === undefined ? [] : failurePolicyFaults(spec, `${path}.podFailurePolicy`)),
    ...successPolicyFaults(spec, `${path}.successPolicy`), ...replacementFaults(spec, `${path}.podReplacementPolicy`),
    ...podTemplateFaults(spec.template, `${path}.template`), ...restartFaults(spec, `${path}.template.spec.restartPolicy`),
  ];
}

type Job = Readonly<batchV1.Job & KubeObject>;

/** Faults of a job, new or changed. */
export function jobFaults(job: Job): FieldError[] {
  const spec = job.spec ?? { template: {} };
  return [...generatedSelectorFaults(job), ...jobSpecFaults(spec, 'spec'), ...selectorFaults(spec), ...indexedNameFaults(job)];
}

/** The labels by which a job knows its pods, unless its user does that; the old ones come first. */
function generatedSelectorFaults({ metadata, spec }: Job): FieldError[] {
  if (spec === undefined || spec.manualSelector === true || spec.selector === undefined) return [];
  const [uid, name] = [metadata.uid ?? '', metadata.name];
  const wanted: readonly (readonly [label: string, value: string])[] = [['controller-uid', uid], ['job-name', name], ['batch.kubernetes.io/controller-uid', uid], ['batch.kubernetes.io/job-name', name]];
  const labels = spec.template?.metadata?.labels;
  const path = 'spec.template.metadata.labels';
  const errors = wanted.flatMap(([label, value]): FieldError[] => {
    const actual = labels?.[label];
    if (actual === undefined) return [required(`${path}[${label}]`, `must be '${value}'`)];
    return actual === value ? [] : [invalidMap(`${path}[${label}]`, labels, `must be '${value}'`)];
  });
  const read = readSelector(spec.selector);
  if (read !== undefined && !matchesLabels(read, Object.fromEntries(wanted))) errors.push(invalidValue('spec.selector', shownSelector(spec.selector), '`selector` not auto-generated'));
  return errors;
}

/** The selector has to find the job's own pods. */
export function selectorFaults({ selector, template }: Spec): FieldError[] {
  const errors = (selector ?? null) === null ? [required('spec.selector')] : validateLabelSelector(selector, 'spec.selector');
  const read = readSelector(selector);
  const labels = template?.metadata?.labels;
  return read === undefined || matchesLabels(read, labels) ? errors : [...errors, invalidMap('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')];
}

/** Pods of indexed jobs have their index in their hostname. */
function indexedNameFaults({ metadata, spec }: Job): FieldError[] {
  const { completionMode, completions = 0 }: Partial<batchV1.JobSpec> = spec ?? {};
  if (completionMode !== 'Indexed' || completions <= 0) return [];
  const hostname = `${metadata.name}-${completions - 1}`;
  return dnsLabelFaults(hostname).length === 0 ? [] : [invalidValue('metadata.name', metadata.name, `will not able to create pod with invalid DNS label: ${hostname}`)];
}

const HTTP_PATH = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;
const PATH_FAULT = "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')";

function managedByFaults(managedBy: string | undefined, path: string): FieldError[] {
  if (managedBy === undefined) return [];
  const slash = managedBy.indexOf('/');
  if (managedBy === '') return [required(path)];
  if (slash <= 0 || slash === managedBy.length - 1) return [invalidValue(path, managedBy, 'must be a domain-prefixed path (such as "acme.io/foo")'), ...(managedBy.length > MANAGED_BY_LENGTH_MAX ? [tooLong(path, MANAGED_BY_LENGTH_MAX)] : [])];
  const [domain, rest] = [managedBy.slice(0, slash), managedBy.slice(slash + 1)];
  return [...subdomainFaults(domain).map((fault) => invalidValue(path, domain, fault)), ...(HTTP_PATH.test(rest) ? [] : [invalidValue(path, rest, PATH_FAULT)]), ...(managedBy.length > MANAGED_BY_LENGTH_MAX ? [tooLong(path, MANAGED_BY_LENGTH_MAX)] : [])];
}

function modeFaults({ completionMode: mode, completions, parallelism, maxFailedIndexes, backoffLimitPerIndex }: Spec, path: string): FieldError[] {
  const errors: FieldError[] = mode === undefined || MODES.includes(mode) ? [] : [notSupported(`${path}.completionMode`, mode, MODES)];
  if (mode === 'Indexed') {
    if (completions === undefined) errors.push(required(`${path}.completions`, 'when completion mode is Indexed'));
    if (parallelism !== undefined && parallelism > INDEXED_PARALLELISM_MAX) errors.push(invalidValue(`${path}.parallelism`, parallelism, `must be less than or equal to ${INDEXED_PARALLELISM_MAX} when completion mode is Indexed`));
    if (completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions) errors.push(invalidValue(`${path}.maxFailedIndexes`, maxFailedIndexes, 'must be less than or equal to completions'));
    if (maxFailedIndexes !== undefined && maxFailedIndexes > FAILED_INDEXES_MAX) errors.push(invalidValue(`${path}.maxFailedIndexes`, maxFailedIndexes, `must be less than or equal to ${FAILED_INDEXES_MAX}`));
    if (completions !== undefined && completions > MANY_COMPLETIONS && backoffLimitPerIndex !== undefined) errors.push(...manyCompletionFaults(parallelism, maxFailedIndexes, path));
    return errors;
  }
  if (mode !== undefined && mode !== 'NonIndexed') return errors;
  if (backoffLimitPerIndex !== undefined) errors.push(invalidValue(`${path}.backoffLimitPerIndex`, backoffLimitPerIndex, 'requires indexed completion mode'));
  if (maxFailedIndexes !== undefined) errors.push(invalidValue(`${path}.maxFailedIndexes`, maxFailedIndexes, 'requires indexed completion mode'));
  return errors;
}

/** Which of very many indexes have failed has to fit into an object. */
function manyCompletionFaults(parallelism: number | undefined, maxFailedIndexes: number | undefined, path: string): FieldError[] {
  const why = `must be less than or equal to ${MANY_COMPLETIONS_LIMIT} when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`;
  return [
    ...(maxFailedIndexes === undefined ? [required(`${path}.maxFailedIndexes`, `must be specified when completions is above ${MANY_COMPLETIONS}`)] : []),
    ...(parallelism !== undefined && parallelism > MANY_COMPLETIONS_LIMIT ? [invalidValue(`${path}.parallelism`, parallelism, why)] : []),
    ...(maxFailedIndexes !== undefined && maxFailedIndexes > MANY_COMPLETIONS_LIMIT ? [invalidValue(`${path}.maxFailedIndexes`, maxFailedIndexes, why)] : []),
  ];
}

function successPolicyFaults({ successPolicy, completionMode, completions = 0 }: Spec, path: string): FieldError[] {
  if (successPolicy === undefined) return [];
  const rules = successPolicy.rules ?? [];
  if (completionMode !== 'Indexed') return [invalidValue(path, { Rules: (successPolicy.rules as typeof rules | null) === null ? null : rules.map(({ succeededIndexes, succeededCount }) => ({ SucceededIndexes: succeededIndexes ?? null, SucceededCount: succeededCount ?? null })) }, 'requires indexed completion mode')];
  if (rules.length === 0) return [required(`${path}.rules`, 'at least one rules must be specified when the successPolicy is specified')];
  return [...(rules.length > SUCCESS_RULES_MAX ? [tooMany(`${path}.rules`, rules.length, SUCCESS_RULES_MAX)] : []), ...rules.flatMap((rule, index) => successRuleFaults(rule, completions, `${path}.rules[${index}]`))];
}

function successRuleFaults({ succeededCount: count, succeededIndexes: indexes }: Readonly<batchV1.SuccessPolicyRule>, completions: number, path: string): FieldError[] {
  if (count === undefined && indexes === undefined) return [required(path, 'at least one of succeededCount or succeededIndexes must be specified')];
  const errors: FieldError[] = [];
  const read = indexes === undefined ? undefined : parseIndexes(indexes, completions);
  if (indexes !== undefined && indexes.length > INDEXES_TEXT_MAX) errors.push(tooLong(`${path}.succeededIndexes`, INDEXES_TEXT_MAX));
  if (typeof read === 'string') errors.push(invalidValue(`${path}.succeededIndexes`, indexes, `error parsing succeededIndexes: ${read}`));
  if (count === undefined) return errors;
  errors.push(...nonNegative(count, `${path}.succeededCount`));
  if (count > completions) errors.push(invalidValue(`${path}.succeededCount`, count, `must be less than or equal to ${completions} (the number of specified completions)`));
  const total = typeof read === 'number' ? read : 0;
  if (indexes !== undefined && count > total) errors.push(invalidValue(`${path}.succeededCount`, count, `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`));
  return errors;
}

function replacementFaults({ podReplacementPolicy: policy, podFailurePolicy }: Spec, path: string): FieldError[] {
  const supported = podFailurePolicy === undefined ? ['Failed', 'TerminatingOrFailed'] : ['Failed'];
  return policy === undefined || supported.includes(policy) ? [] : [notSupported(path, policy, supported)];
}

/** Pods of jobs end; one that always starts again would not. */
function restartFaults({ template, podFailurePolicy }: Spec, path: string): FieldError[] {
  const policy = template?.spec?.restartPolicy ?? '';
  if (policy === 'Always' || policy === '') return [required(path, 'valid values: "OnFailure", "Never"')];
  if (policy !== 'OnFailure' && policy !== 'Never') return [notSupported(path, policy, ['OnFailure', 'Never'])];
  return podFailurePolicy !== undefined && policy !== 'Never' ? [invalidValue(path, policy, 'only "Never" is supported when podFailurePolicy is specified')] : [];
}
