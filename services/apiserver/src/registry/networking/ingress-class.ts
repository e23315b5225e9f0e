import type { networkingV1 } from '@kubernode/api';
import { dnsLabelFaults, forbiddenField, immutableField, invalidValue, notSupported, pathSegmentName, required, subdomainFaults, tooLong, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';

type IngressClass = networkingV1.IngressClass & KubeObject;

const CONTROLLER_LENGTH_MAX = 250;
const SCOPES = ['Cluster', 'Namespace'];

export const ingressClassStrategy: Strategy<IngressClass> = {
  defaults(object) {
    if (object.spec?.parameters !== undefined) object.spec.parameters.scope ??= 'Cluster';
  },
  validate: ({ spec }) => [...controllerFaults(spec?.controller ?? ''), ...parameterFaults(spec?.parameters)],
  validateUpdate: (object, old) => [...immutableField(object.spec?.controller ?? '', old.spec?.controller ?? '', 'spec.controller'), ...controllerFaults(object.spec?.controller ?? ''), ...parameterFaults(object.spec?.parameters)],
  generationFields: ['spec'],
};

function controllerFaults(controller: string): FieldError[] {
  if (controller === '') return [required('spec.controller')];
  const length = controller.length > CONTROLLER_LENGTH_MAX ? [tooLong('spec.controller', CONTROLLER_LENGTH_MAX)] : [];
  const slash = controller.indexOf('/');
  const [domain, path] = [controller.slice(0, slash), controller.slice(slash + 1)];
  if (slash <= 0 || path === '') return [...length, invalidValue('spec.controller', controller, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const faults = [...length, ...subdomainFaults(domain).map((fault) => invalidValue('spec.controller', domain, fault))];
  return /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(path) ? faults : [...faults, invalidValue('spec.controller', path, PATH_FAULT)];
}

const PATH_FAULT = "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')";

function parameterFaults(parameters: Partial<networkingV1.IngressClassParametersReference> | undefined): FieldError[] {
  if (parameters === undefined) return [];
  const { apiGroup, kind = '', name = '', scope, namespace } = parameters;
  const path = 'spec.parameters';
  const segment = (value: string, field: string): FieldError[] => (value === '' ? [required(`${path}.${field}`)] : pathSegmentName(value).map((fault) => invalidValue(`${path}.${field}`, value, fault)));
  const errors = [...(apiGroup === undefined ? [] : subdomainFaults(apiGroup).map((fault) => invalidValue(`${path}.apiGroup`, apiGroup, fault))), ...segment(kind, 'kind'), ...segment(name, 'name')];
  if (scope === undefined) return [...errors, required(`${path}.scope`)];
  if (!SCOPES.includes(scope)) return [...errors, notSupported(`${path}.scope`, scope, SCOPES)];
  if (scope === 'Cluster') return namespace === undefined ? errors : [...errors, forbiddenField(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'")];
  if (namespace === undefined) return [...errors, required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'")];
  return [...errors, ...dnsLabelFaults(namespace).map((fault) => invalidValue(`${path}.namespace`, namespace, fault))];
}
