import { readReadiness, type Release, type ReleaseEnvironment, type ResourceState } from '@kubernode/helm';
import { helmTable } from './helm-table.ts';

/** What a release consists of, each object with its state. */
export function resourceStates({ cluster, namespace, signal }: ReleaseEnvironment, release: Release): Promise<ResourceState[]> {
  return readReadiness(cluster, release, { namespace, signal });
}

/** As a table; '' for none. */
export function describeResources(states: readonly ResourceState[]): string {
  if (states.length === 0) return '';
  return helmTable([['KIND', 'NAMESPACE', 'NAME', 'STATE'], ...states.map(({ kind, namespace, name, state, why }) => [kind, namespace, name, why === '' ? state : `${state}: ${why}`])]);
}
