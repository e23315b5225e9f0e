import type { KubeObject } from '@kubernode/apimachinery';
import type { ApiRequest } from '../pipeline/api-request.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { EndpointServices } from './endpoint-services.ts';

export interface TrackOptions { served: ServedResource; services: EndpointServices; request: ApiRequest; fieldManager: string; subresource: string }

/** Records in managedFields which fields a write that is no apply has changed. */
export function trackUpdate(_live: Readonly<KubeObject> | undefined, object: KubeObject, _options: TrackOptions): KubeObject {
  return object;
}

/** Who writes when no field manager is named: the first word of the user agent. */
export function managerOf(fieldManager: string, userAgent: string | undefined): string {
  if (fieldManager !== '') return fieldManager;
  return (userAgent ?? '').split('/')[0] ?? '';
}
