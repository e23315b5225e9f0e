import { managerName, type KubeObject } from '@kubernode/apimachinery';
import type { ApiRequest } from '../pipeline/api-request.ts';
import { fieldManagerOf } from '../registry/field-managers.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { EndpointServices } from './endpoint-services.ts';

export interface TrackOptions { served: ServedResource; services: EndpointServices; request: ApiRequest; fieldManager: string; subresource: string; unchanged?: ReadonlySet<string> }

/** Records in managedFields which fields a write that is no apply has changed. */
export function trackUpdate(live: Readonly<KubeObject> | undefined, object: KubeObject, { served, services, request, fieldManager, subresource, unchanged }: TrackOptions): KubeObject {
  return fieldManagerOf(served, subresource).update({ live, next: object, unchanged, manager: managerName(fieldManager, request.headers['user-agent']), now: services.clock.now() });
}
