import { coreV1Resources, type coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';

/** Labels of today and the older ones that pods may still ask for. */
const TWINS: readonly (readonly [label: string, older: string])[] = [
  ['kubernetes.io/os', 'beta.kubernetes.io/os'],
  ['kubernetes.io/arch', 'beta.kubernetes.io/arch'],
];

/** Gives a node the older spelling of its labels. */
export function labelActions({ metadata: { name, labels = {} } }: Readonly<coreV1.Node>): Action[] {
  const missing = TWINS.flatMap(([label, older]): [string, string][] => { const value = labels[label]; return value === undefined || labels[older] === value ? [] : [[older, value]]; });
  if (missing.length === 0) return [];
  return [{ do: 'patch', resource: coreV1Resources.nodes, target: { name }, patch: { type: 'merge', body: { metadata: { labels: Object.fromEntries(missing) } } } }];
}
