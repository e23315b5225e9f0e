import type { coreV1 } from '@kubernode/api';
import { invalidValue, required, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { quotaResourceNameFaults, resourceQuantityFaults } from '../shared/resource-name-rules.ts';
import type { Strategy } from '../strategy.ts';

type ResourceQuota = coreV1.ResourceQuota & KubeObject;

export const resourceQuotaStrategy: Strategy<ResourceQuota> = {
  judgesMetadataAgain: true,
  prepareForCreate: (quota) => { quota.status = {}; },
  validate: ({ spec }) => specFaults(spec ?? {}),
  validateUpdate: (object, old, { subresource }) => (subresource === 'status' ? statusFaults(object.status ?? {}) : [...specFaults(object.spec ?? {}), ...scopeChange(object, old)]),
  returnsDeletedObject: true,
};

function specFaults(spec: Readonly<coreV1.ResourceQuotaSpec>): FieldError[] {
  const errors = quantityFaults(spec.hard, 'spec.hard');
  const scopes = spec.scopes ?? [];
  errors.push(...scopes.flatMap((scope) => [
    ...(SCOPES.has(scope) ? [] : [invalidValue('spec.scopes', scopes, 'unsupported scope')]),
    ...misappliedTo(scope, spec.hard).map(() => invalidValue('spec.scopes', scopes, 'unsupported scope applied to resource')),
  ]));
  errors.push(...conflicts(scopes).map(() => invalidValue('spec.scopes', scopes, 'conflicting scopes')));
  return spec.scopeSelector === undefined ? errors : [...errors, ...selectorFaults(spec, spec.scopeSelector)];
}

function statusFaults({ hard, used }: Readonly<coreV1.ResourceQuotaStatus>): FieldError[] {
  return [...quantityFaults(hard, 'status.hard'), ...quantityFaults(used, 'status.used')];
}

function quantityFaults(quantities: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  return Object.entries(quantities ?? {}).flatMap(([name, quantity]) => [...quotaResourceNameFaults(name, `${path}[${name}]`), ...resourceQuantityFaults(name, quantity, `${path}[${name}]`)]);
}

const EXISTENTIAL: ReadonlySet<string> = new Set(['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort', 'CrossNamespacePodAffinity']);
const SCOPES: ReadonlySet<string> = new Set([...EXISTENTIAL, 'PriorityClass', 'VolumeAttributesClass']);
const POD_RESOURCES: ReadonlySet<string> = new Set(['pods', 'cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory']);
const CLAIM_RESOURCES: ReadonlySet<string> = new Set(['persistentvolumeclaims', 'requests.storage']);
const ONLY_PODS: ReadonlySet<string> = new Set(['pods']);

/** Resources that a scope cannot narrow down. Names of other domains are not judged. */
function misappliedTo(scope: string, hard: Readonly<Record<string, string>> | undefined): string[] {
  const fitting = scope === 'BestEffort' ? ONLY_PODS : scope === 'VolumeAttributesClass' ? CLAIM_RESOURCES : SCOPES.has(scope) ? POD_RESOURCES : undefined;
  if (fitting === undefined) return [];
  return Object.keys(hard ?? {}).filter((name) => !fitting.has(name) && quotaResourceNameFaults(name, '').length === 0 && !name.includes('/'));
}

function conflicts(scopes: readonly string[]): string[][] {
  return [['BestEffort', 'NotBestEffort'], ['Terminating', 'NotTerminating']].filter((pair) => pair.every((scope) => scopes.includes(scope)));
}

const SELECTOR_PATH = 'spec.scopeSelector.matchExpressions';

function selectorFaults(spec: Readonly<coreV1.ResourceQuotaSpec>, selector: Readonly<coreV1.ScopeSelector>): FieldError[] {
  const expressions = selector.matchExpressions ?? [];
  const errors = expressions.flatMap(({ scopeName, operator, values = [] }) => [
    ...(SCOPES.has(scopeName) ? [] : [invalidValue(`${SELECTOR_PATH}.scopeName`, scopeName, 'unsupported scope')]),
    ...misappliedTo(scopeName, spec.hard).map(() => invalidValue(SELECTOR_PATH, goSelector(selector), 'unsupported scope applied to resource')),
    ...(EXISTENTIAL.has(scopeName) && operator !== 'Exists' ? [invalidValue(`${SELECTOR_PATH}.operator`, operator, MUST_EXIST)] : []),
    ...operatorFaults(operator, values),
  ]);
  return [...errors, ...conflicts(expressions.map(({ scopeName }) => scopeName)).map(() => invalidValue(SELECTOR_PATH, spec.scopes ?? null, 'conflicting scopes'))];
}

const MUST_EXIST = "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

/** The selector as Go prints the struct. */
function goSelector({ matchExpressions }: Readonly<coreV1.ScopeSelector>): object {
  return { MatchExpressions: (matchExpressions ?? []).map(({ scopeName, operator, values }) => ({ ScopeName: scopeName, Operator: operator, Values: values ?? null })) };
}

function operatorFaults(operator: string, values: readonly string[]): FieldError[] {
  switch (operator) {
    case 'In': case 'NotIn': return values.length > 0 ? [] : [required(`${SELECTOR_PATH}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector")];
    case 'Exists': case 'DoesNotExist': return values.length === 0 ? [] : [invalidValue(`${SELECTOR_PATH}.values`, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector")];
    default: return [invalidValue(`${SELECTOR_PATH}.operator`, operator, 'not a valid selector operator')];
  }
}

function scopeChange(object: Readonly<ResourceQuota>, old: Readonly<ResourceQuota>): FieldError[] {
  const scopes = object.spec?.scopes ?? [];
  const before = new Set(old.spec?.scopes);
  const same = new Set(scopes).size === before.size && scopes.every((scope) => before.has(scope));
  return same ? [] : [invalidValue('spec.scopes', scopes, 'field is immutable')];
}
