import type { apiregistrationV1 } from '@kubernode/api';
import { dns1035LabelFaults, formatTime, invalidValue, notSupported, pathSegmentName, portNumberFaults, required, subdomainFaults, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';

type ApiService = apiregistrationV1.APIService & KubeObject;

const HTTPS_PORT = 443;
const GROUP_PRIORITY_MAX = 20_000;
const VERSION_PRIORITY_MAX = 1_000;
const CONDITION_STATUSES = ['True', 'False', 'Unknown'];

export const apiServiceStrategy: Strategy<ApiService> = {
  defaults(object) {
    if (object.spec?.service !== undefined) object.spec.service.port ??= HTTPS_PORT;
  },
  prepareForCreate(object, { now }) {
    object.status = {};
    if (object.spec?.service === undefined) object.status.conditions = [{ type: 'Available', status: 'True', lastTransitionTime: formatTime(now), reason: 'Local', message: 'Local APIServices are always available' }];
  },
  validate,
  validateUpdate: (object, _old, { subresource }) => (subresource === 'status' ? statusFaults(object.status) : validate(object)),
  validateName: pathSegmentName,
  allowUnconditionalUpdate: false,
};

function validate(object: Readonly<ApiService>): FieldError[] {
  const { group = '', version = '', groupPriorityMinimum = 0, versionPriority = 0 } = object.spec ?? {};
  const name = `${version}.${group}`;
  return [
    ...(object.metadata.name === name ? [] : [invalidValue('metadata.name', object.metadata.name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(name)}`)]),
    ...(group === '' && version !== 'v1' ? [required('spec.group', 'only v1 may have an empty group and it better be legacy kube')] : []),
    ...(group === '' ? [] : subdomainFaults(group).map((fault) => invalidValue('spec.group', group, fault))),
    ...dns1035LabelFaults(version).map((fault) => invalidValue('spec.version', version, fault)),
    ...(groupPriorityMinimum > 0 && groupPriorityMinimum <= GROUP_PRIORITY_MAX ? [] : [invalidValue('spec.groupPriorityMinimum', groupPriorityMinimum, `must be positive and less than ${GROUP_PRIORITY_MAX}`)]),
    ...(versionPriority > 0 && versionPriority <= VERSION_PRIORITY_MAX ? [] : [invalidValue('spec.versionPriority', versionPriority, `must be positive and less than ${VERSION_PRIORITY_MAX}`)]),
    ...serviceFaults(object.spec),
  ];
}

function serviceFaults(spec: Readonly<apiregistrationV1.APIServiceSpec> | undefined): FieldError[] {
  const { service, caBundle = '', insecureSkipTLSVerify: insecure = false } = spec ?? {};
  if (service === undefined) {
    return [
      ...(caBundle === '' ? [] : [invalidValue('spec.caBundle', `${Buffer.byteLength(caBundle, 'base64')} bytes`, 'local APIServices may not have a caBundle')]),
      ...(insecure ? [invalidValue('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify')] : []),
    ];
  }
  const { namespace = '', name = '', port = 0 } = service;
  const portFaults = portNumberFaults(port);
  return [
    ...(namespace === '' ? [required('spec.service.namespace')] : []), ...(name === '' ? [required('spec.service.name')] : []),
    ...(portFaults.length === 0 ? [] : [invalidValue('spec.service.port', port, `port is not valid: ${portFaults.join(', ')}`)]),
    ...(insecure && caBundle !== '' ? [invalidValue('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present')] : []),
  ];
}

function statusFaults(status: Readonly<apiregistrationV1.APIServiceStatus> | undefined): FieldError[] {
  return (status?.conditions ?? []).flatMap((condition, index) => (CONDITION_STATUSES.includes(condition.status) ? [] : [notSupported(`status.conditions[${index}].status`, condition.status, CONDITION_STATUSES)]));
}
