import type { appsV1, coreV1 } from '@kubernode/api';
import { dnsLabelName, forbiddenField, invalidValue, required, validateAnnotations, validateLabels, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { claimSpecFaults, claimSpecWarnings } from '../shared/claim-spec-rules.ts';
import { internalJson } from '../shared/go-text/internal-json.ts';
import { nonNegative } from '../shared/number-rules.ts';
import { defaultPodTemplate } from '../shared/pod-spec/defaults.ts';
import { dropUnservedTemplateFields } from '../shared/pod-spec/dropped-fields.ts';
import { podAnnotationFaults } from '../shared/pod-spec/pod-annotations.ts';
import { podTemplateFaults, runsForeverFaults, selectorMatchFaults } from '../shared/pod-spec/pod-template-rules.ts';
import { templateWarnings } from '../shared/pod-spec/warnings.ts';
import { labelNameFaults } from '../shared/port-rules.ts';
import { oneOf } from '../shared/value-rules.ts';
import { collisionCountFaults, countOrShare, countOrShareFaults, over100PercentFaults, readSelector, shownSelector, statusCountFaults, statusOrderFaults, workloadSelectorFaults } from '../shared/workload-rules.ts';
import type { Strategy } from '../strategy.ts';
import { jsonEquals } from '../write/json-equals.ts';

type StatefulSet = appsV1.StatefulSet & KubeObject;
type Spec = Readonly<appsV1.StatefulSetSpec>;

/** Stateful sets: pods with names and volumes of their own. */
export const statefulSetStrategy: Strategy<StatefulSet> = {
  defaults: ({ spec }) => { if (spec !== undefined) defaultSpec(spec); },
  prepareForCreate(set) {
    set.status = { replicas: 0, availableReplicas: 0 };
    dropUnserved(set.spec, undefined);
  },
  prepareForUpdate: (set, old) => { dropUnserved(set.spec, old.spec); },
  validate: ({ spec }) => specFaults(spec, { isNew: true }),
  validateUpdate: (set, old, { subresource }) => (subresource === 'status' ? statusFaults(set.status, old.status) : [...specFaults(set.spec, { isNew: false }), ...changeFaults(set.spec, old.spec)]),
  warnings: (set, old, { subresource }) => (subresource === 'status' || (old !== undefined && old.metadata.generation === set.metadata.generation) ? [] : setWarnings(set)),
  generationFields: ['spec'],
  validateName: dnsLabelName,
};

function defaultSpec(spec: appsV1.StatefulSetSpec): void {
  spec.podManagementPolicy ||= 'OrderedReady';
  const strategy = (spec.updateStrategy ??= {});
  if (!strategy.type) {
    strategy.type = 'RollingUpdate';
    strategy.rollingUpdate ??= {};
  }
  if (strategy.type === 'RollingUpdate' && strategy.rollingUpdate !== undefined) strategy.rollingUpdate.partition ??= 0;
  const retention = (spec.persistentVolumeClaimRetentionPolicy ??= {});
  retention.whenDeleted ||= 'Retain';
  retention.whenScaled ||= 'Retain';
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  defaultPodTemplate(spec.template);
  for (const claim of spec.volumeClaimTemplates ?? []) defaultClaimTemplate(claim);
}

/** Claims inside a set are whole objects with a status. */
function defaultClaimTemplate(claim: coreV1.PersistentVolumeClaim): void {
  claim.apiVersion = 'v1';
  claim.kind = 'PersistentVolumeClaim';
  claim.spec = { ...claim.spec, volumeMode: claim.spec?.volumeMode ?? 'Filesystem' };
  claim.status = { ...claim.status, phase: claim.status?.phase || 'Pending' };
}

/** How many pods a rollout may take away at once is a feature that 1.36 leaves off. */
function dropUnserved(spec: appsV1.StatefulSetSpec | undefined, old: Spec | undefined): void {
  if (spec?.updateStrategy?.rollingUpdate !== undefined && old?.updateStrategy?.rollingUpdate?.maxUnavailable === undefined) delete spec.updateStrategy.rollingUpdate.maxUnavailable;
  dropUnservedTemplateFields(spec?.template);
}

const POLICIES: readonly string[] = ['OrderedReady', 'Parallel'];
const RETENTIONS: readonly string[] = ['Retain', 'Delete'];

/** What cannot change any more is judged only when it is new. */
function specFaults(spec: Spec | undefined, { isNew }: { isNew: boolean }): FieldError[] {
  const { podManagementPolicy: policy = '', updateStrategy = {}, persistentVolumeClaimRetentionPolicy: retention, volumeClaimTemplates = [], replicas, minReadySeconds, ordinals, serviceName = '', selector, template }: Partial<Spec> = spec ?? {};
  const errors: FieldError[] = [];
  if (policy === '') errors.push(required('spec.podManagementPolicy'));
  else if (!POLICIES.includes(policy)) errors.push(invalidValue('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"));
  errors.push(...strategyFaults(updateStrategy, 'spec.updateStrategy'));
  for (const field of ['whenDeleted', 'whenScaled'] as const) if (retention !== undefined) errors.push(...oneOf(retention[field] ?? '', `spec.persistentVolumeClaimRetentionPolicy.${field}`, RETENTIONS));
  if (isNew) errors.push(...volumeClaimTemplates.flatMap(({ spec: claim }, index) => claimSpecFaults(claim ?? {}, `spec.volumeClaimTemplates[${index}].spec`)));
  errors.push(...nonNegative(replicas, 'spec.replicas'), ...nonNegative(minReadySeconds, 'spec.minReadySeconds'), ...nonNegative(ordinals?.start, 'spec.ordinals.start'));
  if (isNew && serviceName !== '') errors.push(...labelNameFaults(serviceName, 'spec.serviceName'));
  errors.push(...workloadSelectorFaults(selector, 'statefulset'));
  const read = readSelector(selector);
  if (read === undefined) errors.push(invalidValue('spec.selector', shownSelector(selector), ''));
  else errors.push(...selectorMatchFaults(template, read, 'spec.template'), ...templateFaults(template, volumeClaimTemplates));
  return [...errors, ...runsForeverFaults(template, 'spec.template', 'StatefulSet')];
}

/** The template with the volumes that the claims will be, and without the names that the set gives. Annotations are judged twice, as in Kubernetes. */
function templateFaults(template: Readonly<coreV1.PodTemplateSpec> | undefined, claims: readonly coreV1.PersistentVolumeClaim[]): FieldError[] {
  const path = 'spec.template';
  const { labels, annotations = {} } = template?.metadata ?? {};
  const { hostname: _hostname, subdomain: _subdomain, ...rest } = template?.spec ?? { containers: [] };
  const added = new Map(claims.map(({ metadata: { name } }): [string, coreV1.Volume] => [name, { name, persistentVolumeClaim: { claimName: name } }]));
  const volumes = [...added.values(), ...(rest.volumes ?? []).filter(({ name }) => !added.has(name))];
  const spec: coreV1.PodSpec = claims.length === 0 ? rest : { ...rest, volumes };
  return [
    ...podTemplateFaults({ ...template, spec }, path), ...validateLabels(labels, `${path}.labels`), ...validateAnnotations(annotations, `${path}.annotations`),
    ...podAnnotationFaults(annotations, spec, `${path}.annotations`),
  ];
}

function strategyFaults(strategy: Readonly<appsV1.StatefulSetUpdateStrategy>, path: string): FieldError[] {
  const { type = '', rollingUpdate } = strategy;
  const at = `${path}.rollingUpdate`;
  if (type === '') return [required(path)];
  if (type === 'OnDelete') return rollingUpdate === undefined ? [] : [invalidValue(at, internalJson('RollingUpdateStatefulSetStrategy', rollingUpdate), "only allowed for updateStrategy 'RollingUpdate'")];
  if (type !== 'RollingUpdate') return [invalidValue(path, internalJson('StatefulSetUpdateStrategy', strategy), "must be 'RollingUpdate' or 'OnDelete'")];
  const { partition, maxUnavailable } = rollingUpdate ?? {};
  if (maxUnavailable === undefined) return nonNegative(partition, `${at}.partition`);
  return [
    ...nonNegative(partition, `${at}.partition`), ...countOrShareFaults(maxUnavailable, `${at}.maxUnavailable`),
    ...(countOrShare(maxUnavailable) === 0 ? [invalidValue(`${at}.maxUnavailable`, maxUnavailable, 'cannot be 0')] : []), ...over100PercentFaults(maxUnavailable, `${at}.maxUnavailable`),
  ];
}

const MUTABLE = ['replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy', 'minReadySeconds'] as const;

function changeFaults(spec: Spec | undefined, old: Spec | undefined): FieldError[] {
  if (jsonEquals(fixedPart(spec), fixedPart(old))) return [];
  const list = `${MUTABLE.slice(0, -1).map((field) => `'${field}'`).join(', ')} and 'minReadySeconds'`;
  return [forbiddenField('spec', `updates to statefulset spec for fields other than ${list} are forbidden`)];
}

function fixedPart(spec: Spec | undefined): unknown {
  return Object.fromEntries(Object.entries(spec ?? {}).filter(([field]) => !MUTABLE.some((one) => one === field)));
}

function setWarnings({ spec }: Readonly<StatefulSet>): string[] {
  return [
    ...templateWarnings(spec?.template, 'spec.template'), ...(spec?.volumeClaimTemplates ?? []).flatMap((claim, index) => claimSpecWarnings(claim.spec ?? {}, `spec.volumeClaimTemplates[${index}]`)),
    ...((spec?.revisionHistoryLimit ?? 0) < 0 ? ['spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended'] : []),
  ];
}

function statusFaults(status: Readonly<Partial<appsV1.StatefulSetStatus>> = {}, old: Readonly<Partial<appsV1.StatefulSetStatus>> = {}): FieldError[] {
  return [
    ...statusCountFaults(status, ['replicas', 'readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas', 'observedGeneration', 'collisionCount']),
    ...statusOrderFaults(status, ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'], 'status.readyReplicas'), ...collisionCountFaults(status.collisionCount, old.collisionCount),
  ];
}

