import { statSync } from 'node:fs';
import path from 'node:path';
import { duplicate, type FieldError, formatDuration, formatFieldErrors, invalidValue, notSupported, parseDuration, required, subdomainFaults, tooMany } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import { type ConfigShape, readConfigDocument } from '../../authn/config-document.ts';
import type { Expression, ExpressionCompiler } from '../../authn/expression.ts';

export const AUTHORIZER_TYPES = ['ABAC', 'AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC', 'Webhook'] as const;
export type AuthorizerType = typeof AUTHORIZER_TYPES[number];

/** One member of the chain. Only webhooks have names of their own and may stand in it more than once. */
export type AuthorizerConfig = { type: Exclude<AuthorizerType, 'Webhook'>; name: string } | { type: 'Webhook'; name: string; webhook: WebhookConfig };

export interface WebhookConfig {
  /** 0: not cached. */
  authorizedTtlMs: number;
  unauthorizedTtlMs: number;
  timeoutMs: number;
  version: string;
  failurePolicy: 'NoOpinion' | 'Deny';
  /** Absent: the cluster's own API, by the service account. */
  kubeconfig: string | undefined;
  /** All of them have to be true for the webhook to be asked. */
  matchConditions: readonly Expression[];
}

const WEBHOOK_TIMEOUT_MS_MAX = 30_000;
const MATCH_CONDITIONS_MAX = 64;
const VERSIONS = ['v1', 'v1beta1', 'v1alpha1'];
const SHAPE: ConfigShape = {
  authorizers: [{
    type: true, name: true, webhook: {
      authorizedTTL: true, cacheAuthorizedRequests: true, unauthorizedTTL: true, cacheUnauthorizedRequests: true, timeout: true, subjectAccessReviewVersion: true,
      matchConditionSubjectAccessReviewVersion: true, failurePolicy: true, connectionInfo: { type: true, kubeConfigFile: true }, matchConditions: [{ expression: true }],
    },
  }],
};

interface RawWebhook {
  authorizedTTL?: string; cacheAuthorizedRequests?: boolean; unauthorizedTTL?: string; cacheUnauthorizedRequests?: boolean; timeout?: string; subjectAccessReviewVersion?: string;
  matchConditionSubjectAccessReviewVersion?: string; failurePolicy?: string; connectionInfo?: { type?: string; kubeConfigFile?: string }; matchConditions?: { expression?: string }[];
}
interface RawAuthorizer { type?: string; name?: string; webhook?: RawWebhook | null }

/** Reads an AuthorizationConfiguration. `mustKeep`: types that a new version of the file may not leave out. Throws an Error in Kubernetes' words. */
export function readAuthorizationConfiguration(text: string, compiler: ExpressionCompiler, mustKeep: readonly AuthorizerType[] = []): AuthorizerConfig[] {
  const { authorizers } = load(text);
  const raw = (authorizers ?? []) as RawAuthorizer[]; // the shape was checked, single values are below
  const errors: FieldError[] = [];
  const compiled = validate(raw, { compiler, errors });
  if (errors.length > 0) throw new Error(formatFieldErrors(errors));
  const faults = [...misnamed(raw), ...missing(raw, mustKeep)];
  if (faults.length > 0) throw new Error(faults.length === 1 ? faults[0] : `[${faults.join(', ')}]`);
  return raw.map((one, index) => configOf(one, compiled[index] ?? []));
}

function load(text: string): Readonly<Record<string, unknown>> {
  try { return readConfigDocument(text, { kind: 'AuthorizationConfiguration', versions: VERSIONS, shape: SHAPE }); } catch (error) {
    throw new Error(`failed to load AuthorizationConfiguration from file: ${errorMessage(error)}`);
  }
}

interface Validation { compiler: ExpressionCompiler; errors: FieldError[] }

/** The compiled conditions of each authorizer. */
function validate(authorizers: readonly RawAuthorizer[], validation: Validation): Expression[][] {
  const { errors } = validation;
  if (authorizers.length === 0) errors.push(required('authorizers', 'at least one authorization mode must be defined'));
  const [types, names] = [new Set<string>(), new Set<string>()];
  return authorizers.map(({ type = '', name = '', webhook }, index) => {
    const field = `authorizers[${index}]`;
    const fault = typeFault(type, `${field}.type`, types);
    if (fault !== undefined) { errors.push(fault); return []; }
    types.add(type);
    if (name === '') errors.push(required(`${field}.name`));
    else if (names.has(name)) errors.push(duplicate(`${field}.name`, name));
    else if (subdomainFaults(name).length > 0) errors.push(invalidValue(`${field}.name`, name, `authorizer name is invalid: ${subdomainFaults(name).join(', ')}`));
    names.add(name);
    if (type !== 'Webhook') { if (webhook) errors.push(invalidValue(`${field}.webhook`, 'non-null', 'may only be specified when type=Webhook')); return []; }
    if (!webhook) { errors.push(required(`${field}.webhook`, 'required when type=Webhook')); return []; }
    errors.push(...webhookErrors(webhook, field));
    return compileConditions(webhook.matchConditions ?? [], field, validation);
  });
}

function typeFault(type: string, field: string, seen: ReadonlySet<string>): FieldError | undefined {
  if (type === '') return required(field);
  if (!AUTHORIZER_TYPES.some((known) => known === type)) return notSupported(field, type, AUTHORIZER_TYPES);
  return seen.has(type) && type !== 'Webhook' ? duplicate(field, type) : undefined;
}

function webhookErrors(webhook: RawWebhook, field: string): FieldError[] {
  const { authorizedTTL = '5m', unauthorizedTTL = '30s', timeout = '0', subjectAccessReviewVersion: version = '', matchConditionSubjectAccessReviewVersion: matchVersion = '', failurePolicy = '' } = webhook;
  const limit = parseDuration(timeout);
  return [
    ...limit === 0 ? [required(`${field}.timeout`)] : limit < 0 || limit > WEBHOOK_TIMEOUT_MS_MAX ? [invalidValue(`${field}.timeout`, formatDuration(limit), 'must be > 0s and <= 30s')] : [],
    ...ttlErrors(authorizedTTL, `${field}.authorizedTTL`), ...ttlErrors(unauthorizedTTL, `${field}.unauthorizedTTL`),
    ...version === '' ? [required(`${field}.subjectAccessReviewVersion`)] : ['v1', 'v1beta1'].includes(version) ? [] : [notSupported(`${field}.subjectAccessReviewVersion`, version, ['v1', 'v1beta1'])],
    ...matchVersion === 'v1' ? [] : matchVersion !== '' ? [notSupported(`${field}.matchConditionSubjectAccessReviewVersion`, matchVersion, ['v1'])]
      : webhook.matchConditions?.length ? [required(`${field}.matchConditionSubjectAccessReviewVersion`, 'required if match conditions are specified')] : [],
    ...failurePolicy === '' ? [required(`${field}.failurePolicy`)] : ['NoOpinion', 'Deny'].includes(failurePolicy) ? [] : [notSupported(`${field}.failurePolicy`, failurePolicy, ['NoOpinion', 'Deny'])],
    ...connectionErrors(webhook.connectionInfo ?? {}, `${field}.connectionInfo`),
  ];
}

function ttlErrors(ttl: string, field: string): FieldError[] {
  return parseDuration(ttl) >= 0 ? [] : [invalidValue(field, formatDuration(parseDuration(ttl)), 'must be > 0s')];
}

function connectionErrors({ type = '', kubeConfigFile }: NonNullable<RawWebhook['connectionInfo']>, field: string): FieldError[] {
  const file = `${field}.kubeConfigFile`;
  switch (type) {
    case '': return [required(`${field}.type`)];
    case 'InClusterConfig': return kubeConfigFile === undefined ? [] : [invalidValue(file, kubeConfigFile, 'can only be set when type=KubeConfigFile')];
    case 'KubeConfigFile': {
      if (kubeConfigFile === undefined || kubeConfigFile === '') return [required(file)];
      const fault = path.isAbsolute(kubeConfigFile) ? fileFault(kubeConfigFile) : 'must be an absolute path';
      return fault === undefined ? [] : [invalidValue(file, kubeConfigFile, fault)];
    }
    default: return [notSupported(`${field}.type`, type, ['InClusterConfig', 'KubeConfigFile'])];
  }
}

function fileFault(file: string): string | undefined {
  try { return statSync(file).isFile() ? undefined : 'must be a regular file'; } catch { return `error loading file: stat ${file}: no such file or directory`; } // what else may be wrong shows when it is read
}

function compileConditions(conditions: readonly { expression?: string }[], field: string, { compiler, errors }: Validation): Expression[] {
  if (conditions.length > MATCH_CONDITIONS_MAX) { errors.push(tooMany(`${field}.matchConditions`, conditions.length, MATCH_CONDITIONS_MAX)); return []; }
  const seen = new Set<string>();
  return conditions.flatMap(({ expression = '' }, index) => {
    const at = `${field}.matchConditions[${index}].expression`;
    if (expression.trim() === '') { errors.push(required(at)); return []; }
    if (seen.has(expression)) { errors.push(duplicate(at, expression)); return []; }
    seen.add(expression);
    try { return [compiler.compile(expression, 'matchCondition')]; } catch (error) { errors.push(invalidValue(at, expression, errorMessage(error))); return []; }
  });
}

function misnamed(authorizers: readonly RawAuthorizer[]): string[] {
  return authorizers.flatMap(({ type = '', name = '' }) => (type === 'Webhook' || name === type.toLowerCase() ? [] : [`expected name ${type.toLowerCase()} for authorizer ${type} instead of ${name}`]));
}

function missing(authorizers: readonly RawAuthorizer[], mustKeep: readonly AuthorizerType[]): string[] {
  const absent = mustKeep.filter((type) => type !== 'Webhook' && !authorizers.some((one) => one.type === type));
  return absent.length === 0 ? [] : [`missing required types: [${[...absent].sort().join(' ')}]`];
}

function configOf({ type, name = '', webhook }: RawAuthorizer, matchConditions: readonly Expression[]): AuthorizerConfig {
  if (type !== 'Webhook' || !webhook) return { type: type as Exclude<AuthorizerType, 'Webhook'>, name }; // validated
  return {
    type, name, webhook: {
      authorizedTtlMs: webhook.cacheAuthorizedRequests === false ? 0 : parseDuration(webhook.authorizedTTL ?? '5m') || parseDuration('5m'),
      unauthorizedTtlMs: webhook.cacheUnauthorizedRequests === false ? 0 : parseDuration(webhook.unauthorizedTTL ?? '30s') || parseDuration('30s'),
      timeoutMs: parseDuration(webhook.timeout ?? '0'), version: webhook.subjectAccessReviewVersion ?? '', failurePolicy: webhook.failurePolicy === 'Deny' ? 'Deny' : 'NoOpinion',
      kubeconfig: webhook.connectionInfo?.kubeConfigFile, matchConditions,
    },
  };
}
