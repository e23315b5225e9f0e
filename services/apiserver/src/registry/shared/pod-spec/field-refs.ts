import type { coreV1 } from '@kubernode/api';
import { invalidValue, normaliseQuantity, notSupported, parseQuantity, required, type FieldError } from '@kubernode/apimachinery';
import { qualifiedNameFaults } from '../port-rules.ts';

export const ENV_FIELDS: readonly string[] = [
  'metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.serviceAccountName', 'status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs',
];
export const FILE_FIELDS: readonly string[] = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'];

const KNOWN_FIELDS: ReadonlySet<string> = new Set([...ENV_FIELDS, ...FILE_FIELDS, 'spec.restartPolicy', 'spec.schedulerName', 'status.phase']);

/** A reference to a field of the pod, from an environment variable or a file; `supported` is sorted. */
export function fieldRefFaults({ apiVersion = '', fieldPath = '' }: Readonly<Partial<coreV1.ObjectFieldSelector>>, supported: readonly string[], path: string): FieldError[] {
  if (apiVersion === '') return [required(`${path}.apiVersion`)];
  if (fieldPath === '') return [required(`${path}.fieldPath`)];
  const fault = (text: string): FieldError[] => [invalidValue(`${path}.fieldPath`, fieldPath, `error converting fieldPath: ${text}`)];
  if (apiVersion !== 'v1') return fault(`unsupported pod version: ${apiVersion}`);
  const [, map, key] = /^(.+?)\['(.*)'\]$/s.exec(fieldPath) ?? [];
  if (map !== undefined && key !== undefined) {
    if (map === 'metadata.annotations') return qualifiedNameFaults(key.toLowerCase(), path);
    if (map === 'metadata.labels') return qualifiedNameFaults(key, path);
    return fault(`field label does not support subscript: ${fieldPath}`);
  }
  const field = fieldPath === 'spec.host' ? 'spec.nodeName' : fieldPath;
  if (!KNOWN_FIELDS.has(field)) return fault(`field label not supported: ${fieldPath}`);
  return supported.includes(field) ? [] : [notSupported(`${path}.fieldPath`, field, supported)];
}

const RESOURCES: readonly string[] = ['limits.cpu', 'limits.ephemeral-storage', 'limits.memory', 'requests.cpu', 'requests.ephemeral-storage', 'requests.memory'];
const HUGE_PAGES = /^(?:limits|requests)\.hugepages-/;

/** A reference to what a container requests or may use at most; files have to name the container. */
export function resourceRefFaults(ref: Readonly<Partial<coreV1.ResourceFieldSelector>>, path: string, { isFile }: { isFile: boolean }): FieldError[] {
  const { containerName = '', resource = '', divisor = '0' } = ref;
  const errors: FieldError[] = [];
  if (isFile && containerName === '') errors.push(required(`${path}.containerName`));
  else if (resource === '') errors.push(required(`${path}.resource`));
  else if (!RESOURCES.includes(resource) && !HUGE_PAGES.test(resource)) errors.push(notSupported(`${path}.resource`, resource, RESOURCES));
  return [...errors, ...divisorFaults(resource, divisor, `${path}.divisor`)];
}

const BYTE_DIVISORS = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

const DIVISORS: readonly { resource: RegExp; divisors: readonly string[]; fault: string }[] = [
  { resource: /\.cpu$/, divisors: ['1m', '1'], fault: "only divisor's values 1m and 1 are supported with the cpu resource" },
  { resource: /\.memory$/, divisors: BYTE_DIVISORS, fault: `only divisor's values ${BYTE_DIVISORS.join(', ')} are supported with the memory resource` },
  { resource: /\.ephemeral-storage$/, divisors: BYTE_DIVISORS, fault: `only divisor's values ${BYTE_DIVISORS.join(', ')} are supported with the local ephemeral storage resource` },
  { resource: HUGE_PAGES, divisors: BYTE_DIVISORS, fault: `only divisor's values ${BYTE_DIVISORS.join(', ')} are supported with the hugepages resource` },
];

function divisorFaults(resource: string, divisor: string, path: string): FieldError[] {
  if (parseQuantity(divisor).nanos === 0n) return [];
  const rule = DIVISORS.find(({ resource: pattern }) => pattern.test(resource) && (RESOURCES.includes(resource) || HUGE_PAGES.test(resource)));
  return rule === undefined || rule.divisors.includes(normaliseQuantity(divisor)) ? [] : [invalidValue(path, resource, rule.fault)];
}
