import type { coreV1 } from '@kubernode/api';
import { addQuantities, compareQuantities, forbiddenField, formatQuantity, invalidValue, notSupported, parseQuantity, type FieldError, type Quantity } from '@kubernode/apimachinery';
import { resourceNameFaults } from '../resource-name-rules.ts';
import { isSidecar } from './container-visitor.ts';
import { isOvercommitAllowed, resourceFaults } from './resources.ts';

type Amounts = Map<string, Quantity>;
type Kind = 'requests' | 'limits';

const POD_RESOURCES: readonly string[] = ['cpu', 'hugepages-', 'memory'];

/** What can be given to a pod as a whole. */
function isPodResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
}

/** The whole pod's resources hold what its containers ask for. */
export function podResourceFaults(spec: Readonly<coreV1.PodSpec>, path: string, claims: ReadonlySet<string>): FieldError[] {
  const { resources, os } = spec;
  if (resources === undefined) return [];
  if (os?.name === 'windows') return [forbiddenField(path, 'may not be set for a windows pod')];
  return [
    ...(resources.claims === undefined ? [] : [forbiddenField(`${path}.claims`, 'claims may not be set for Resources at pod-level')]),
    ...resourceFaults(resources, path, { claims, nameFaults: podResourceNameFaults }),
    ...sumFaults(spec, resources, path), ...containerLimitFaults(spec, resources, path),
  ];
}

function podResourceNameFaults(name: string, path: string): FieldError[] {
  const faults = resourceNameFaults(name, path);
  return faults.length > 0 || isPodResource(name) ? faults : [notSupported(path, name, POD_RESOURCES)];
}

function sumFaults(spec: Readonly<coreV1.PodSpec>, resources: Readonly<coreV1.ResourceRequirements>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const kind of ['requests', 'limits'] as const) {
    for (const [name, sum] of aggregateOf(spec, kind)) {
      const given = resources[kind]?.[name];
      if (given === undefined || (kind === 'limits' && !name.startsWith('hugepages-')) || compareQuantities(sum, parseQuantity(given)) <= 0) continue;
      errors.push(invalidValue(`${path}.${kind}[${name}]`, given, `must be greater than or equal to aggregate container ${kind} of ${formatQuantity(sum)}`));
    }
  }
  return errors;
}

function containerLimitFaults({ containers }: Readonly<coreV1.PodSpec>, resources: Readonly<coreV1.ResourceRequirements>, path: string): FieldError[] {
  return (containers ?? []).flatMap((container, index) => Object.entries(container.resources?.limits ?? {}).flatMap(([name, limit]) => {
    const given = resources.limits?.[name];
    if (given === undefined || compareQuantities(parseQuantity(limit), parseQuantity(given)) <= 0) return [];
    return [invalidValue(`${path}.containers[${index}][${name}].limits`, limit, `must be less than or equal to pod limits of ${given}`)];
  }));
}

/** A pod's own resources that its containers and limits imply. Call after the defaults of its containers. */
export function defaultPodResources(spec: coreV1.PodSpec): void {
  const { resources } = spec;
  if (resources === undefined) return;
  const limits = { ...resources.limits };
  if (Object.keys(limits).length > 0 || Object.keys(resources.requests ?? {}).length > 0) {
    for (const [name, sum] of aggregateOf(spec, 'limits')) {
      if (name.startsWith('hugepages-') && resources.requests?.[name] === undefined) limits[name] ??= formatQuantity(sum);
    }
  }
  if (Object.keys(limits).length === 0) return;
  resources.limits = limits;
  const requests = { ...resources.requests };
  for (const [name, sum] of aggregateOf(spec, 'requests')) if (isPodResource(name) && isOvercommitAllowed(name)) requests[name] ??= formatQuantity(sum);
  for (const [name, limit] of Object.entries(limits)) if (isPodResource(name)) requests[name] ??= limit;
  if (Object.keys(requests).length > 0) resources.requests = requests;
}

/** What all containers together need at their worst moment: the running ones, or one that initialises beside the sidecars before it. */
function aggregateOf({ containers, initContainers = [] }: Readonly<coreV1.PodSpec>, kind: Kind): Amounts {
  const total: Amounts = new Map();
  for (const { resources } of containers ?? []) add(total, resources?.[kind]);
  const sidecars: Amounts = new Map();
  const initial: Amounts = new Map();
  for (const container of initContainers) {
    if (isSidecar(container)) {
      add(total, container.resources?.[kind]);
      add(sidecars, container.resources?.[kind]);
      raise(initial, sidecars);
      continue;
    }
    const moment = new Map(sidecars);
    add(moment, container.resources?.[kind]);
    raise(initial, moment);
  }
  raise(total, initial);
  return total;
}

function add(sum: Amounts, amounts: Readonly<Record<string, string>> | undefined): void {
  for (const [name, text] of Object.entries(amounts ?? {})) {
    const before = sum.get(name);
    sum.set(name, before === undefined ? parseQuantity(text) : addQuantities(before, parseQuantity(text)));
  }
}

function raise(most: Amounts, amounts: ReadonlyMap<string, Quantity>): void {
  for (const [name, amount] of amounts) {
    const before = most.get(name);
    if (before === undefined || compareQuantities(amount, before) > 0) most.set(name, amount);
  }
}
