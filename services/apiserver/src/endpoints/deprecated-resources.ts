import type { RequestInfo } from '../pipeline/api-request.ts';

/** Resources that every request is told to leave, by group, version and resource. */
const DEPRECATED: Readonly<Record<string, string>> = {
  '/v1/endpoints': 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  '/v1/componentstatuses': 'v1 ComponentStatus is deprecated in v1.19+',
};

/** The warning that requests for a resource get; undefined for most. */
export function deprecationOf({ group, version, resource }: Pick<RequestInfo, 'group' | 'version' | 'resource'>): string | undefined {
  return DEPRECATED[`${group}/${version}/${resource}`];
}
