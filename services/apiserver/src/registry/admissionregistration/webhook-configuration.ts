import type { admissionregistrationV1 } from '@kubernode/api';
import { dns1035LabelFaults, duplicate, invalidValue, notSupported, portNumberFaults, repeatedIndexes, required, subdomainFaults, validateLabelSelector, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';
import { matchConditionFaults } from './match-condition-faults.ts';
import { FAILURE_POLICIES, fillRules, MATCH_POLICIES, ruleFaults } from './match-rules.ts';

type Webhook = admissionregistrationV1.ValidatingWebhook & Pick<admissionregistrationV1.MutatingWebhook, 'reinvocationPolicy'>;
type Configuration = KubeObject & { webhooks?: Webhook[] };

const TIMEOUT_SECONDS = 10;
const TIMEOUT_SECONDS_MAX = 30;
const HTTPS_PORT = 443;
const SIDE_EFFECTS: readonly string[] = ['None', 'NoneOnDryRun'];
const REVIEW_VERSIONS: readonly string[] = ['v1', 'v1beta1'];
const REINVOCATIONS: readonly string[] = ['IfNeeded', 'Never'];
const URL_FORM = '; desired format: https://host[/path]';

/** Webhooks that are asked before objects are written. Those that may change objects say whether they want to be asked again. */
export const validatingWebhookStrategy: Strategy<Configuration> = webhookStrategy(false);
export const mutatingWebhookStrategy: Strategy<Configuration> = webhookStrategy(true);

function webhookStrategy(mutating: boolean): Strategy<Configuration> {
  return {
    defaults: ({ webhooks = [] }) => { for (const webhook of webhooks) fillWebhook(webhook, mutating); },
    validate: ({ webhooks = [] }) => {
      const repeated = repeatedIndexes(webhooks.map(({ name }) => name));
      return webhooks.flatMap((webhook, index) => [
        ...webhookFaults(webhook, `webhooks[${index}]`, mutating),
        ...(webhook.name !== '' && repeated.has(index) ? [duplicate(`webhooks[${index}].name`, webhook.name)] : []),
      ]);
    },
    generationFields: ['webhooks'],
  };
}

function fillWebhook(webhook: Webhook, mutating: boolean): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= TIMEOUT_SECONDS;
  if (mutating) webhook.reinvocationPolicy ??= 'Never';
  fillRules(webhook.rules);
  const { service } = webhook.clientConfig;
  if (service !== undefined) service.port ??= HTTPS_PORT;
}

function webhookFaults(webhook: Readonly<Webhook>, path: string, mutating: boolean): FieldError[] {
  const { name, rules = [], failurePolicy = '', matchPolicy = '', sideEffects, timeoutSeconds = TIMEOUT_SECONDS, namespaceSelector, objectSelector, clientConfig, matchConditions, reinvocationPolicy = '' } = webhook;
  return [
    ...nameFaults(name, `${path}.name`), ...rules.flatMap((rule, index) => ruleFaults(rule, `${path}.rules[${index}]`)),
    ...(FAILURE_POLICIES.includes(failurePolicy) ? [] : [notSupported(`${path}.failurePolicy`, failurePolicy, FAILURE_POLICIES)]),
    ...(MATCH_POLICIES.includes(matchPolicy) ? [] : [notSupported(`${path}.matchPolicy`, matchPolicy, MATCH_POLICIES)]),
    ...sideEffectFaults(sideEffects, `${path}.sideEffects`),
    ...(timeoutSeconds >= 1 && timeoutSeconds <= TIMEOUT_SECONDS_MAX ? [] : [invalidValue(`${path}.timeoutSeconds`, timeoutSeconds, `the timeout value must be between 1 and ${TIMEOUT_SECONDS_MAX} seconds`)]),
    ...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`), ...validateLabelSelector(objectSelector, `${path}.objectSelector`),
    ...(!mutating || REINVOCATIONS.includes(reinvocationPolicy) ? [] : [notSupported(`${path}.reinvocationPolicy`, reinvocationPolicy, REINVOCATIONS)]),
    ...webhookClientFaults(clientConfig, `${path}.clientConfig`), ...matchConditionFaults(matchConditions, `${path}.matchConditions`, { params: false }),
    ...versionFaults(webhook.admissionReviewVersions ?? [], `${path}.admissionReviewVersions`),
  ];
}

function nameFaults(name: string, path: string): FieldError[] {
  if (name === '') return [required(path)];
  const faults = subdomainFaults(name);
  if (faults.length > 0) return faults.map((fault) => invalidValue(path, name, fault));
  return name.split('.').length < 3 ? [invalidValue(path, name, 'should be a domain with at least three segments separated by dots')] : [];
}

function sideEffectFaults(sideEffects: string | null | undefined, path: string): FieldError[] {
  if (sideEffects === undefined || sideEffects === null) return [required(path, `must specify one of ${SIDE_EFFECTS.join(', ')}`)];
  return SIDE_EFFECTS.includes(sideEffects) ? [] : [notSupported(path, sideEffects, SIDE_EFFECTS)];
}

function versionFaults(versions: readonly string[], path: string): FieldError[] {
  if (versions.length === 0) return [required(path, `must specify one of ${REVIEW_VERSIONS.join(', ')}`)];
  const repeated = repeatedIndexes(versions);
  return [
    ...versions.flatMap((version, index) => {
      if (repeated.has(index)) return [invalidValue(`${path}[${index}]`, version, 'duplicate version')];
      return dns1035LabelFaults(version).map((fault) => invalidValue(`${path}[${index}]`, version, fault));
    }),
    ...(versions.some((version) => REVIEW_VERSIONS.includes(version)) ? [] : [invalidValue(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`)]),
  ];
}

export function webhookClientFaults({ url, service }: Readonly<admissionregistrationV1.WebhookClientConfig>, path: string): FieldError[] {
  if ((url === undefined) === (service === undefined)) return [required(path, 'exactly one of url or service is required')];
  return service === undefined ? urlFaults(url ?? '', `${path}.url`) : serviceFaults(service, `${path}.service`);
}

function urlFaults(text: string, path: string): FieldError[] {
  const [, scheme = '', host = '', query = '', fragment = ''] = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?[^?#]*(\?[^#]*)?(#.*)?$/.exec(text) ?? [];
  const user = host.includes('@') ? host.slice(0, host.lastIndexOf('@')) : undefined;
  return [
    ...(scheme.toLowerCase() === 'https' ? [] : [invalidValue(path, scheme.toLowerCase(), `'https' is the only allowed URL scheme${URL_FORM}`)]),
    ...(host.slice((user?.length ?? -1) + 1) === '' ? [invalidValue(path, '', `host must be specified${URL_FORM}`)] : []),
    ...(user === undefined ? [] : [invalidValue(path, user, 'user information is not permitted in the URL')]),
    ...(fragment.length > 1 ? [invalidValue(path, fragment.slice(1), 'fragments are not permitted in the URL')] : []),
    ...(query.length > 1 ? [invalidValue(path, query.slice(1), 'query parameters are not permitted in the URL')] : []),
  ];
}

function serviceFaults({ name, namespace, path: urlPath = '', port = HTTPS_PORT }: Readonly<admissionregistrationV1.ServiceReference>, path: string): FieldError[] {
  const portFaults = portNumberFaults(port);
  return [
    ...(namespace === '' ? [required(`${path}.name`)] : []), ...(name === '' ? [required(`${path}.namespace`)] : []), // Kubernetes takes one for the other
    ...(portFaults.length === 0 ? [] : [invalidValue(`${path}.port`, port, `port is not valid: ${portFaults.join(', ')}`)]),
    ...pathFaults(urlPath, `${path}.path`),
  ];
}

function pathFaults(urlPath: string, path: string): FieldError[] {
  if (urlPath === '' || urlPath === '/') return [];
  if (urlPath === '//') return [invalidValue(path, urlPath, 'segment[0] may not be empty')];
  const segments = urlPath.slice(1).replace(/\/$/, '').split('/');
  return [
    ...(urlPath.startsWith('/') ? [] : [invalidValue(path, urlPath, "must start with a '/'")]),
    ...segments.flatMap((segment, index) => (segment === '' ? [invalidValue(path, urlPath, `segment[${index}] may not be empty`)] : subdomainFaults(segment).map((fault) => invalidValue(path, urlPath, `segment[${index}]: ${fault}`)))),
  ];
}
