import { expired, formatGroupResource, goQuote, internalError, internalErrorWithoutReason, StatusError, tooManyRequests, type GroupResource } from '@kubernode/apimachinery';
import { EtcdError } from '@kubernode/rpc';
import { UnreadableValue } from './stored-values.ts';

/** Every answer that storage itself gives, in one place: Kubernetes' texts, on which tools match. */

export type StorageVerb = 'get' | 'list' | 'create' | 'update' | 'delete' | 'watch';

const RETRY_AFTER_SECONDS = 1;
const UNREACHABLE_RETRY_AFTER_SECONDS = 2;

/** A revision that the cache has not reached in time; 504, and clients know the cause. */
export function tooLargeRevision(wanted: number, current: number): StatusError {
  return new StatusError({
    code: 504, reason: 'Timeout', message: `Timeout: Too large resource version: ${wanted}, current: ${current}`,
    details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: RETRY_AFTER_SECONDS },
  });
}

/** A watch from before what the ring remembers. */
export function tooOldToWatch(revision: number, oldest: number): StatusError {
  return expired(`too old resource version: ${revision} (${oldest})`);
}

/** A snapshot that etcd has compacted away. */
export function tooOldToList(isContinued: boolean): StatusError {
  return expired(isContinued
    ? 'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.'
    : 'The resourceVersion for the provided list is too old.');
}

export function initializing(): StatusError {
  return tooManyRequests('storage is (re)initializing', RETRY_AFTER_SECONDS);
}

/** What a fault of etcd, of the way to it, or of what it holds, is to a client. Errors of other kinds pass unchanged. */
export function statusOfEtcdFault(error: unknown, verb: StorageVerb, resource: GroupResource): unknown {
  if (error instanceof UnreadableValue) return unreadable(error, verb);
  if (!(error instanceof EtcdError)) return error;
  if (error.grpcStatus !== undefined && error.message.startsWith('etcdserver: ')) return internalErrorWithoutReason(error.message); // etcd's own words: no space, too large, timed out
  if (error.code === 'unavailable' || error.code === 'deadlineExceeded') return unreachable(verb, resource, error);
  return internalErrorWithoutReason(error.message);
}

function unreadable(value: UnreadableValue, verb: StorageVerb): StatusError {
  if (!value.isSealed) return internalErrorWithoutReason(value.message);
  return internalError(verb === 'list' ? `unable to transform key ${goQuote(value.etcdKey)}: ${value.message}` : value.message);
}

/** etcd cannot be reached, or whether it did the write is not known: 500 ServerTimeout, which clients repeat. */
function unreachable(verb: StorageVerb, resource: GroupResource, cause: unknown): StatusError {
  return new StatusError({
    code: 500, reason: 'ServerTimeout', cause,
    message: `The ${verb} operation against ${formatGroupResource(resource)} could not be completed at this time, please try again.`,
    details: { name: verb, ...(resource.group !== '' && { group: resource.group }), kind: resource.resource, retryAfterSeconds: UNREACHABLE_RETRY_AFTER_SECONDS },
  });
}
