import type { coreV1 } from '@kubernode/api';
import type { ObjectMeta } from '@kubernode/apimachinery';

/** What an event is about; any object of the API fits. `fieldPath` names a part: `spec.containers{main}`. */
export interface EventSubject { apiVersion: string; kind: string; metadata: Pick<ObjectMeta, 'name' | 'namespace' | 'uid' | 'resourceVersion'>; fieldPath?: string }

export function objectReference({ apiVersion, kind, metadata: { name, namespace, uid, resourceVersion }, fieldPath }: EventSubject): coreV1.ObjectReference {
  return {
    kind, apiVersion, name, ...(namespace !== undefined && { namespace }), ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }), ...(fieldPath !== undefined && { fieldPath }),
  };
}

/** Events about what is in no namespace are in `default`. */
export function eventNamespace({ metadata: { namespace = '' } }: EventSubject): string { return namespace === '' ? 'default' : namespace; }
