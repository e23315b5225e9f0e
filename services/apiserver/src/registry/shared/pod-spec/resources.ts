import type { coreV1 } from '@kubernode/api';
import { compareQuantities, duplicate, forbiddenField, invalidValue, notFoundValue, parseQuantity, required, type FieldError } from '@kubernode/apimachinery';
import { labelNameFaults } from '../port-rules.ts';
import { containerResourceNameFaults, isExtendedResource, resourceQuantityFaults } from '../resource-name-rules.ts';

const HUGE_PAGES = 'hugepages-';
const QOS_RESOURCES: readonly string[] = ['cpu', 'memory'];

export interface ResourceRules {
  /** Names of the pod's resource claims. */
  claims: ReadonlySet<string>;
  nameFaults?: (name: string, path: string) => FieldError[];
}

/** What containers request and may use at most. */
export function resourceFaults(resources: Readonly<coreV1.ResourceRequirements> | undefined, path: string, { claims, nameFaults = containerResourceNameFaults }: ResourceRules): FieldError[] {
  const { limits = {}, requests = {} } = resources ?? {};
  const errors: FieldError[] = [];
  for (const [name, quantity] of Object.entries(limits)) errors.push(...amountFaults(name, quantity, { path: `${path}.limits[${name}]`, nameFaults, between: [] }));
  for (const [name, quantity] of Object.entries(requests)) {
    errors.push(...amountFaults(name, quantity, { path: `${path}.requests[${name}]`, nameFaults, between: limitFaults(name, quantity, limits[name], path) }));
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some((name) => name.startsWith(HUGE_PAGES)) && !names.some((name) => QOS_RESOURCES.includes(name))) errors.push(forbiddenField(path, 'HugePages require cpu or memory'));
  return [...errors, ...claimFaults(resources?.claims, `${path}.claims`, claims)];
}

function amountFaults(name: string, quantity: string, { path, nameFaults, between }: { path: string; nameFaults: (name: string, path: string) => FieldError[]; between: FieldError[] }): FieldError[] {
  return [...nameFaults(name, path), ...resourceQuantityFaults(name, quantity, path), ...between, ...hugePageFaults(name, quantity, path)];
}

/** A request is at most the limit; what nobody may share has both, and both the same. */
function limitFaults(name: string, request: string, limit: string | undefined, path: string): FieldError[] {
  const shared = isOvercommitAllowed(name);
  if (limit === undefined) return shared ? [] : [required(`${path}.limits`, 'Limit must be set for non overcommitable resources')];
  const order = compareQuantities(parseQuantity(request), parseQuantity(limit));
  if (order !== 0 && !shared) return [invalidValue(`${path}.requests`, request, `must be equal to ${name} limit of ${limit}`)];
  return order > 0 ? [invalidValue(`${path}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`)] : [];
}

export function isOvercommitAllowed(name: string): boolean {
  return !isExtendedResource(name) && !name.startsWith(HUGE_PAGES) && (!name.includes('/') || name.includes('kubernetes.io/'));
}

/** Whole pages only. */
function hugePageFaults(name: string, quantity: string, path: string): FieldError[] {
  if (!name.startsWith(HUGE_PAGES)) return [];
  const page = pageSize(name.slice(HUGE_PAGES.length));
  return page !== undefined && parseQuantity(quantity).nanos % page === 0n ? [] : [invalidValue(path, quantity, `${quantity} is not positive integer multiple of ${name}`)];
}

function pageSize(text: string): bigint | undefined {
  try {
    const { nanos } = parseQuantity(text);
    return nanos > 0n ? nanos : undefined;
  } catch {
    return undefined; // a name that is no size
  }
}

/** Claims of devices by the pod's names for them, each once, whole or by request. */
function claimFaults(list: readonly coreV1.ResourceClaim[] | undefined, path: string, claims: ReadonlySet<string>): FieldError[] {
  const taken: TakenClaims = { keys: new Set(), requests: new Map() };
  return (list ?? []).flatMap(({ name = '', request = '' }: Partial<coreV1.ResourceClaim>, index) => {
    const at = `${path}[${index}]`;
    if (name === '') return [required(at)];
    const errors: FieldError[] = [];
    if (taken.keys.has(name)) errors.push(duplicate(at, name));
    else errors.push(...takeClaim(name, request, at, taken));
    return claims.has(name) ? errors : [...errors, missingClaim(name, at, claims)];
  });
}

/** Claims as a whole and by request, and how many requests of each. */
interface TakenClaims { keys: Set<string>; requests: Map<string, number> }

function takeClaim(name: string, request: string, path: string, { keys, requests }: TakenClaims): FieldError[] {
  const key = request === '' ? name : `${name}/${request}`;
  const errors = request === '' ? [] : labelNameFaults(request, `${path}.request`);
  if (keys.has(key)) errors.push(duplicate(path, key));
  else if (request === '') for (let count = requests.get(name) ?? 0; count > 0; count--) errors.push(duplicate(path, name));
  else requests.set(name, (requests.get(name) ?? 0) + 1);
  keys.add(key);
  return errors;
}

function missingClaim(name: string, path: string, claims: ReadonlySet<string>): FieldError {
  const { message, ...error } = notFoundValue(path, name);
  const known = claims.size === 0 ? ' which is empty' : `: ${[...claims].sort().join(', ')}`;
  return { ...error, message: `${message}: must be one of the names in pod.spec.resourceClaims${known}` };
}
