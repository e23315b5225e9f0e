import { resources } from '@kubernode/api';
import type { RenderCapabilities } from './rendered-chart.ts';

/** What charts are told of the world when nobody says otherwise. */
export const version = { kubernetes: 'v1.36.2', helm: 'v3.19.0' } as const;

/** Kubernetes with its built-in kinds. */
export function defaultCapabilities(): RenderCapabilities {
  const found = new Set<string>();
  for (const { group, version: apiVersion, kind } of resources) {
    const groupVersion = group === '' ? apiVersion : `${group}/${apiVersion}`;
    found.add(groupVersion).add(`${groupVersion}/${kind}`);
  }
  return { kubeVersion: version.kubernetes, apiVersions: [...found].sort() };
}
