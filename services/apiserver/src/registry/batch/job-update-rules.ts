import type { batchV1, coreV1 } from '@kubernode/api';
import { invalidValue, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { jsonEquals } from '../write/json-equals.ts';
import { jobFaults, jobSpecFaults, selectorFaults } from './job-rules.ts';
import { internalJson } from '../shared/go-text/internal-json.ts';
import { shownSelector } from '../shared/workload-rules.ts';

type Job = batchV1.Job & KubeObject;
type Template = coreV1.PodTemplateSpec;

const IMMUTABLE = 'field is immutable';

type FixedField = 'selector' | 'completionMode' | 'podFailurePolicy' | 'backoffLimitPerIndex' | 'managedBy' | 'successPolicy';

/** A job keeps what its pods are made from; where they may run can change until the first has started. Kubernetes judges the spec twice. */
export function jobUpdateFaults(job: Readonly<Job>, old: Readonly<Job>): FieldError[] {
  const [spec, before] = [job.spec ?? { template: {} }, old.spec ?? { template: {} }];
  const fixed = (field: FixedField): FieldError[] => (jsonEquals(spec[field], before[field]) ? [] : [invalidValue(`spec.${field}`, shownField(field, spec), IMMUTABLE)]);
  return [
    ...jobFaults(job), ...jobSpecFaults(spec, 'spec'), ...selectorFaults(spec), ...completionFaults(spec, before), ...fixed('selector'), ...templateFaults(job, old),
    ...fixed('completionMode'), ...fixed('podFailurePolicy'), ...fixed('backoffLimitPerIndex'), ...fixed('managedBy'), ...fixed('successPolicy'),
  ];
}

function shownField(field: FixedField, spec: Readonly<batchV1.JobSpec>): unknown {
  switch (field) {
    case 'selector': return shownSelector(spec.selector);
    case 'podFailurePolicy': return internalJson('PodFailurePolicy', spec.podFailurePolicy);
    case 'successPolicy': return internalJson('SuccessPolicy', spec.successPolicy);
    default: return spec[field] ?? null;
  }
}

function completionFaults(spec: Readonly<batchV1.JobSpec>, before: Readonly<batchV1.JobSpec>): FieldError[] {
  if (spec.completions === before.completions) return [];
  if (spec.completionMode !== 'Indexed') return [invalidValue('spec.completions', spec.completions ?? null, IMMUTABLE)];
  return spec.completions === undefined || spec.completions === spec.parallelism ? [] : [invalidValue('spec.completions', spec.completions, 'can only be modified in tandem with spec.parallelism')];
}

function templateFaults(job: Readonly<Job>, old: Readonly<Job>): FieldError[] {
  const template: Readonly<Template> = job.spec?.template ?? {};
  const before: Readonly<Template> = old.spec?.template ?? {};
  const { startTime, active = 0, conditions = [] } = old.status ?? {};
  const halted = startTime === undefined || conditions.some(({ type, status }) => type === 'Suspended' && status === 'True');
  const movable = old.spec?.suspend === true && halted && active === 0;
  const wanted = movable ? withPlacementOf(before, template) : before;
  if (!movable) return jsonEquals(template, wanted) ? [] : [invalidValue('spec.template', internalJson('PodTemplateSpec', template), IMMUTABLE)];
  return jsonEquals(withoutResources(template.spec), withoutResources(wanted.spec)) ? [] : [invalidValue('spec.template.spec', internalJson('PodSpec', template.spec), IMMUTABLE)];
}

/** The old template with all that says where pods may run taken from the new one. */
function withPlacementOf(before: Readonly<Template>, template: Readonly<Template>): Template {
  const { nodeSelector, tolerations, schedulingGates, affinity } = template.spec ?? {};
  const { nodeAffinity: _before, ...otherAffinity } = before.spec?.affinity ?? {};
  const kept = { ...otherAffinity, ...(affinity?.nodeAffinity !== undefined && { nodeAffinity: affinity.nodeAffinity }) };
  const placement = { nodeSelector, tolerations, schedulingGates, affinity: Object.keys(kept).length > 0 ? kept : undefined };
  return { ...before, spec: { ...before.spec, ...placement }, ...(template.metadata && { metadata: { ...before.metadata, labels: template.metadata.labels, annotations: template.metadata.annotations } }) } as unknown as Template; // undefined stands for absent here, and only comparison follows
}

function withoutResources(spec: Readonly<coreV1.PodSpec> | undefined): unknown {
  const strip = (containers: readonly coreV1.Container[] | undefined): unknown => containers?.map(({ resources: _resources, ...rest }) => rest);
  return { ...spec, containers: strip(spec?.containers), initContainers: strip(spec?.initContainers) };
}
