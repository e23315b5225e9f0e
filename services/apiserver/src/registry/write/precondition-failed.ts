import { conflict, type StatusError } from '@kubernode/apimachinery';
import { storeKey } from '../served-resource.ts';
import type { WriteRequest } from './write-request.ts';

/** The 409 of a write that was meant for another object, or for another state of it, in the words of Kubernetes' storage. */
export function preconditionFailed({ served: { storage }, namespace, name }: Pick<WriteRequest, 'served' | 'namespace' | 'name'>, what: 'UID' | 'ResourceVersion', { wanted, actual = '' }: { wanted: string; actual?: string | undefined }): StatusError {
  const key = `${storage.store.prefix}${storeKey(storage, namespace, name)}`;
  return conflict(storage, name, `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${actual}`);
}
