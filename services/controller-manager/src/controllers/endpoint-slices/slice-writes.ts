import { discoveryV1Resources, type coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { withTriggerTime } from '../endpoints/trigger-times.ts';
import { isNamespaceTerminating } from '../pods.ts';
import { isOwnedBy } from './service-slices.ts';
import { removal, wireForm, type Draft, type SliceChanges } from './slice-drafts.ts';

type Service = Readonly<coreV1.Service>;

const resource = discoveryV1Resources.endpointslices;

/** What would be deleted takes the content of what would be made: one write, and readers see no gap. */
export function recycled({ create, update, remove }: SliceChanges, service: Service): SliceChanges {
  const fresh = [...create];
  const recycledDrafts: Draft[] = [];
  const rest = remove.filter((slice) => {
    if (!isOwnedBy(slice, service)) return true;
    const draft = fresh.pop();
    if (draft === undefined) return true;
    const { name, uid, resourceVersion } = slice.metadata;
    recycledDrafts.push({ ...draft, metadata: { ...draft.metadata, name, ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && { resourceVersion }) } });
    return false;
  });
  return { create: fresh, update: [...update, ...recycledDrafts], remove: rest };
}

/** New slices first, so that no endpoint is missing in between. A Service that is being deleted gets none. */
export function writes(service: Service, { create, update, remove }: SliceChanges, triggerMs: number | undefined): Action[] {
  const key = keyOf(service);
  const creates = service.metadata.deletionTimestamp === undefined ? create : [];
  return [
    ...creates.map((draft): Action => ({
      do: 'create', resource, object: wireForm(triggered(draft, triggerMs)),
      otherwise: (error) => (isNamespaceTerminating(error) ? { handled: true } : told(service, `failed to create EndpointSlice for Service ${key}`)(error)),
    })),
    ...update.map((draft): Action => ({
      do: 'update', resource, object: wireForm(triggered(draft, triggerMs)) as never, // a slice, with the null that Kubernetes writes for empty lists
      otherwise: told(service, `failed to update ${draft.metadata.name ?? ''} EndpointSlice for Service ${key}`),
    })),
    ...remove.map((slice): Action => ({ ...removal(slice), otherwise: told(service, `failed to delete ${slice.metadata.name} EndpointSlice for Service ${key}`) })),
  ];
}

function triggered(draft: Draft, triggerMs: number | undefined): Draft {
  const { annotations: before, ...metadata } = draft.metadata;
  const annotations = withTriggerTime(before, triggerMs);
  return { ...draft, metadata: { ...metadata, ...(Object.keys(annotations).length > 0 && { annotations }) } };
}

/** Tells of a refused write at the Service. */
export function told(service: Service, what: string): (error: { message: string }) => { actions: readonly Action[] } {
  return (error) => ({ actions: [failureEvent(service, `${what}: ${error.message}`)] });
}

export function failureEvent(service: Service, failure: string): Action {
  return { do: 'event', about: service, type: 'Warning', reason: 'FailedToUpdateEndpointSlices', message: `Error updating Endpoint Slices for Service ${keyOf(service)}: ${failure}` };
}

export function keyOf({ metadata: { name, namespace = '' } }: Service): string { return `${namespace}/${name}`; }
