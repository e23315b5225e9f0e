import { isIP } from 'node:net';
import type { networkingV1 } from '@kubernode/api';
import { dnsLabelFaults, invalidValue, notSupported, pathSegmentName, portNameFaults, portNumberFaults, required, subdomainFaults, wildcardSubdomainFaults, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { ipFaults } from '../shared/ip-rules.ts';
import type { Strategy } from '../strategy.ts';

type Ingress = networkingV1.Ingress & KubeObject;

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];
const BARRED_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F'];
const BARRED_SUFFIXES = ['/..', '/.'];

export const ingressStrategy: Strategy<Ingress> = {
  prepareForCreate: (ingress) => { ingress.status = { loadBalancer: {} }; },
  validate: (ingress) => [...specFaults(ingress.spec ?? {}), ...classConflict(ingress)],
  validateUpdate: (object, _old, { subresource }) => (subresource === 'status' ? statusFaults(object.status) : specFaults(object.spec ?? {})),
  warnings: ({ metadata }, old) => (old === undefined && metadata.annotations?.[CLASS_ANNOTATION] !== undefined ? [`annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`] : []),
  generationFields: ['spec'],
};

function specFaults({ defaultBackend, rules = [], tls = [], ingressClassName }: Readonly<networkingV1.IngressSpec>): FieldError[] {
  return [
    ...(rules.length === 0 && defaultBackend === undefined ? [invalidValue('spec', null, 'either `defaultBackend` or `rules` must be specified')] : []),
    ...(defaultBackend === undefined ? [] : backendFaults(defaultBackend, 'spec.defaultBackend')),
    ...rules.flatMap((rule, index) => ruleFaults(rule, `spec.rules[${index}]`)),
    ...tls.flatMap((entry, index) => tlsFaults(entry, `spec.tls[${index}]`)),
    ...(ingressClassName === undefined ? [] : subdomainFaults(ingressClassName).map((fault) => invalidValue('spec.ingressClassName', ingressClassName, fault))),
  ];
}

function classConflict({ metadata, spec }: Readonly<Ingress>): FieldError[] {
  const annotated = metadata.annotations?.[CLASS_ANNOTATION];
  if (annotated === undefined || spec?.ingressClassName === undefined || annotated === spec.ingressClassName) return [];
  return [invalidValue(`annotations.${CLASS_ANNOTATION}`, annotated, 'must match `ingressClassName` when both are specified')];
}

function ruleFaults({ host = '', http }: Readonly<networkingV1.IngressRule>, path: string): FieldError[] {
  const errors: FieldError[] = isIP(host) === 0 ? [] : [invalidValue(`${path}.host`, host, 'must be a DNS name, not an IP address')];
  if (host !== '') errors.push(...hostFaults(host, `${path}.host`));
  if (http === undefined) return errors;
  if ((http.paths ?? []).length === 0) return [...errors, required(`${path}.http.paths`)];
  return [...errors, ...http.paths.flatMap((one, index) => pathFaults(one, `${path}.http.paths[${index}]`))];
}

function hostFaults(host: string, path: string): FieldError[] {
  return (host.includes('*') ? wildcardSubdomainFaults(host) : subdomainFaults(host)).map((fault) => invalidValue(path, host, fault));
}

function pathFaults({ path: value = '', pathType, backend }: Readonly<Omit<networkingV1.HTTPIngressPath, 'pathType'> & { pathType: string | null }>, path: string): FieldError[] {
  if (pathType === null) return [required(`${path}.pathType`, 'pathType must be specified')];
  const errors: FieldError[] = [];
  const relative = (): FieldError[] => (value.startsWith('/') ? [] : [invalidValue(`${path}.path`, value, 'must be an absolute path')]);
  switch (pathType) {
    case 'Exact': case 'Prefix':
      errors.push(
        ...relative(),
        ...BARRED_SEQUENCES.filter((barred) => value.includes(barred)).map((barred) => invalidValue(`${path}.path`, value, `must not contain '${barred}'`)),
        ...BARRED_SUFFIXES.filter((barred) => value.endsWith(barred)).map((barred) => invalidValue(`${path}.path`, value, `cannot end with '${barred}'`)),
      );
      break;
    case 'ImplementationSpecific':
      if (value !== '') errors.push(...relative());
      break;
    default:
      errors.push(notSupported(`${path}.pathType`, pathType, PATH_TYPES));
  }
  return [...errors, ...backendFaults(backend ?? {}, `${path}.backend`)];
}

function backendFaults({ service, resource }: Readonly<networkingV1.IngressBackend>, path: string): FieldError[] {
  if (resource !== undefined && service !== undefined) return [invalidValue(path, '', 'cannot set both resource and service backends')];
  if (resource !== undefined) return resourceFaults(resource, `${path}.resource`);
  if (service === undefined) return [invalidValue(path, '', 'resource or service backend is required')];
  return serviceFaults(service, path);
}

function serviceFaults({ name = '', port: { name: portName = '', number = 0 } = {} }: Readonly<Partial<networkingV1.IngressServiceBackend>>, path: string): FieldError[] {
  const errors = name === '' ? [required(`${path}.service.name`)] : dnsLabelFaults(name).map((fault) => invalidValue(`${path}.service.name`, name, fault));
  if (portName !== '' && number !== 0) return [...errors, invalidValue(path, '', 'cannot set both port name & port number')];
  if (portName !== '') return [...errors, ...portNameFaults(portName).map((fault) => invalidValue(`${path}.service.port.name`, portName, fault))];
  if (number !== 0) return [...errors, ...portNumberFaults(number).map((fault) => invalidValue(`${path}.service.port.number`, number, fault))];
  return [...errors, required(path, 'port name or number is required')];
}

function resourceFaults({ apiGroup, kind = '', name = '' }: Readonly<{ apiGroup?: string | null; kind?: string; name?: string }>, path: string): FieldError[] {
  const segment = (value: string, field: string): FieldError[] => (value === '' ? [required(`${path}.${field}`)] : pathSegmentName(value).map((fault) => invalidValue(`${path}.${field}`, value, fault)));
  return [...(apiGroup === undefined || apiGroup === null ? [] : subdomainFaults(apiGroup).map((fault) => invalidValue(`${path}.apiGroup`, apiGroup, fault))), ...segment(kind, 'kind'), ...segment(name, 'name')];
}

function tlsFaults({ hosts = [], secretName = '' }: Readonly<networkingV1.IngressTLS>, path: string): FieldError[] {
  return [
    ...hosts.flatMap((host, index) => hostFaults(host, `${path}.hosts[${index}]`)),
    ...(secretName === '' ? [] : subdomainFaults(secretName).map((fault) => invalidValue(`${path}.secretName`, secretName, fault))),
  ];
}

function statusFaults(status: Readonly<networkingV1.IngressStatus> | undefined): FieldError[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip = '', hostname = '' }, index) => {
    const path = `status.loadBalancer.ingress[${index}]`;
    return [
      ...(ip === '' ? [] : ipFaults(ip, `${path}.ip`)), ...(hostname === '' ? [] : subdomainFaults(hostname).map((fault) => invalidValue(`${path}.hostname`, hostname, fault))),
      ...(isIP(hostname) === 0 ? [] : [invalidValue(`${path}.hostname`, hostname, 'must be a DNS name, not an IP address')]),
    ];
  });
}
