export interface GroupVersion { group: string; version: string }
export interface GroupVersionKind extends GroupVersion { kind: string }
export interface GroupVersionResource extends GroupVersion { resource: string }
export interface GroupResource { group: string; resource: string }

/** `apps/v1` → {group: 'apps', version: 'v1'}; `v1` → the core group, ''. */
export function parseApiVersion(apiVersion: string): GroupVersion {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? { group: '', version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** The inverse of parseApiVersion. */
export function formatApiVersion({ group, version }: GroupVersion): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `deployments.apps`, `pods`: how messages name a resource. */
export function formatGroupResource({ group, resource }: GroupResource): string {
  return group === '' ? resource : `${resource}.${group}`;
}
