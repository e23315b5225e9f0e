import { invalidValue, labelKeyFaults, type FieldError } from '@kubernode/apimachinery';
import { nonNegativeQuantity, wholeQuantity } from './quantity-rules.ts';

const COUNTED = [
  'pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'configmaps', 'persistentvolumeclaims', 'services.nodeports', 'services.loadbalancers',
];
const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'];
const QUOTA_NAMES: ReadonlySet<string> = new Set([
  ...COUNTED, ...COMPUTE, ...COMPUTE.map((name) => `requests.${name}`), ...COMPUTE.map((name) => `limits.${name}`), 'requests.storage',
]);
const STANDARD_NAMES: ReadonlySet<string> = new Set([...QUOTA_NAMES, 'storage']);
const COUNTED_NAMES: ReadonlySet<string> = new Set(COUNTED);
const CONTAINER_NAMES: ReadonlySet<string> = new Set(COMPUTE);
const HUGE_PAGES = 'hugepages-';

/** The name of something that is requested, limited or counted: a known word, or one with a domain. */
export function resourceNameFaults(name: string, path: string): FieldError[] {
  const faults = labelKeyFaults(name).map((fault) => invalidValue(path, name, fault));
  if (faults.length > 0 || name.includes('/') || STANDARD_NAMES.has(name) || isQuotaHugePages(name)) return faults;
  return [invalidValue(path, name, 'must be a standard resource type or fully qualified')];
}

export function quotaResourceNameFaults(name: string, path: string): FieldError[] {
  const faults = resourceNameFaults(name, path);
  return name.includes('/') || QUOTA_NAMES.has(name) || isQuotaHugePages(name) ? faults : [...faults, invalidValue(path, name, 'must be a standard resource for quota')];
}

export function containerResourceNameFaults(name: string, path: string): FieldError[] {
  const faults = resourceNameFaults(name, path);
  if (!name.includes('/')) return CONTAINER_NAMES.has(name) || name.startsWith(HUGE_PAGES) ? faults : [...faults, invalidValue(path, name, 'must be a standard resource for containers')];
  if (isNative(name) || isExtendedResource(name)) return faults;
  return [...faults, invalidValue(path, name, "doesn't follow extended resource name standard")];
}

/** Nothing negative, and no fractions of what is counted. */
export function resourceQuantityFaults(name: string, quantity: string, path: string): FieldError[] {
  return [...nonNegativeQuantity(quantity, path), ...(COUNTED_NAMES.has(name) || isExtendedResource(name) ? wholeQuantity(quantity, path) : [])];
}

/** What devices offer: a name with a domain that is not Kubernetes' own. */
export function isExtendedResource(name: string): boolean {
  return !isNative(name) && !name.startsWith('requests.') && labelKeyFaults(`requests.${name}`).length === 0;
}

function isNative(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}

function isQuotaHugePages(name: string): boolean {
  return name.startsWith(HUGE_PAGES) || name.startsWith(`requests.${HUGE_PAGES}`);
}
