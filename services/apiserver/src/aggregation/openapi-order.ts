import type { RemoteVersion } from './api-service.ts';

/**
 * Servers in the order in which their documents count: groups by the highest of their priorities, the rest by name. Kubernetes does not look
 * at the priorities of versions here. Pure.
 */
export function inOpenApiOrder(remotes: readonly RemoteVersion[]): RemoteVersion[] {
  const priorities = new Map<string, number>();
  for (const { group, groupPriority } of remotes) priorities.set(group, Math.max(groupPriority, priorities.get(group) ?? groupPriority));
  return [...remotes].sort((a, b) => {
    const byPriority = (priorities.get(b.group) ?? 0) - (priorities.get(a.group) ?? 0);
    return byPriority !== 0 ? byPriority : a.name < b.name ? -1 : 1;
  });
}
