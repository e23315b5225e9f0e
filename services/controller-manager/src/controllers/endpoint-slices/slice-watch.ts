import { discoveryV1Resources } from '@kubernode/api';
import { watch, type Listers, type Watch } from '@kubernode/controller';
import { MANAGED_BY, SERVICE_NAME, type Slice } from './slice-drafts.ts';

const resource = discoveryV1Resources.endpointslices;

/** Slices of one manager, or that were or become its, as the key of their Service. */
export function sliceWatch(manager: string, batchMs: number): Watch {
  return watch({
    resource, batchMs: () => batchMs, indexes: { service: (slice) => [keyOf(slice)] },
    keys: ({ object, previous }) => {
      const both = [object, previous].flatMap((slice) => slice ?? []);
      const concerned = both.some(({ metadata }) => metadata.labels?.[MANAGED_BY] === manager) || new Set(both.map(keyOf)).size > 1;
      return concerned ? both.filter(({ metadata }) => (metadata.labels?.[SERVICE_NAME] ?? '') !== '').map(keyOf) : [];
    },
  });
}

/** A Service's slices by one manager. */
export function slicesOf(key: string, manager: string, listers: Listers): Slice[] {
  return listers.of(resource).byIndex('service', key).filter(({ metadata }) => metadata.labels?.[MANAGED_BY] === manager);
}

function keyOf({ metadata: { namespace = '', labels } }: Slice): string { return `${namespace}/${labels?.[SERVICE_NAME] ?? ''}`; }
