import type { coreV1 } from '@kubernode/api';
import { dnsLabelFaults, dnsSubdomainName, duplicate, invalidValue, required, type FieldError } from '@kubernode/apimachinery';
import { ruleFaults } from '../../shared/value-rules.ts';

type PodSpec = Readonly<coreV1.PodSpec>;

/** What is reported of a pod's resource claims belongs to claims that its spec has. */
export function claimStatusFaults(statuses: readonly Readonly<coreV1.PodResourceClaimStatus>[] | undefined, { resourceClaims = [] }: PodSpec): FieldError[] {
  const seen = new Set<string>();
  return (statuses ?? []).flatMap(({ name = '', resourceClaimName }: Partial<coreV1.PodResourceClaimStatus>, index) => {
    const path = `status.resourceClaimStatuses[${index}]`;
    const errors: FieldError[] = [];
    if (!resourceClaims.some((claim) => claim.name === name)) errors.push(invalidValue(`${path}.name`, name, 'must match the name of an entry in `spec.resourceClaims`'));
    if (seen.has(name)) errors.push(duplicate(`${path}.name`, name));
    seen.add(name);
    return resourceClaimName === undefined ? errors : [...errors, ...ruleFaults(resourceClaimName, `${path}.resourceClaimName`, dnsSubdomainName)];
  });
}

/** The claim that was made for extended resources says which container's request each of its own requests serves. */
export function extendedClaimFaults(status: Readonly<Partial<coreV1.PodExtendedResourceClaimStatus>> | undefined, spec: PodSpec): FieldError[] {
  if (status === undefined) return [];
  const path = 'status.extendedResourceClaimStatus';
  const { requestMappings = [], resourceClaimName = '' } = status;
  return [
    ...(requestMappings.length === 0 ? [required(`${path}.requestMappings`, 'at least one request mapping is required')] : []), ...mappingFaults(requestMappings, spec, path),
    ...(resourceClaimName === '' ? [required(`${path}.resourceClaimName`)] : ruleFaults(resourceClaimName, `${path}.resourceClaimName`, dnsSubdomainName)),
  ];
}

function mappingFaults(mappings: readonly Readonly<Partial<coreV1.ContainerExtendedResourceRequest>>[], spec: PodSpec, path: string): FieldError[] {
  const containers = new Map([...spec.initContainers ?? [], ...spec.containers ?? []].map((container) => [container.name, container]));
  const seen = new Set<string>();
  return mappings.flatMap(({ containerName = '', resourceName = '', requestName = '' }, index) => {
    const at = `${path}.requestMappings[${index}]`;
    const errors: FieldError[] = [];
    const container = containers.get(containerName);
    if (container === undefined) errors.push(invalidValue(`${at}.containerName`, containerName, 'must match the name of an entry in spec.initContainers.name or spec.containers.name'));
    else if (container.resources?.requests?.[resourceName] === undefined) errors.push(invalidValue(`${at}.resourceName`, resourceName, 'must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests'));
    errors.push(...ruleFaults(requestName, `${path}.requestName`, dnsLabelFaults));
    const key = JSON.stringify([containerName, resourceName, requestName]);
    if (seen.has(key)) errors.push(duplicate(`${at}.containerName`, containerName), duplicate(`${at}.resourceName`, resourceName), duplicate(`${at}.requestName`, requestName));
    seen.add(key);
    return errors;
  });
}
