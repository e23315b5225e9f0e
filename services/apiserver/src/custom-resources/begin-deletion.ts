import { formatTime } from '@kubernode/apimachinery';
import { CLEANUP_FINALIZER, withCondition, type Definition } from './definition.ts';

/** What the first DELETE makes of a definition: it stays until its objects are gone. Changes the object given. */
export function beginDeletion(definition: Definition, now: number): void {
  const { metadata } = definition;
  metadata.deletionTimestamp = formatTime(now);
  if (metadata.finalizers?.includes(CLEANUP_FINALIZER) !== true) metadata.finalizers = [...metadata.finalizers ?? [], CLEANUP_FINALIZER];
  definition.status = {
    ...definition.status,
    conditions: withCondition(definition.status?.conditions ?? [], { type: 'Terminating', status: 'True', reason: 'InstanceDeletionPending', message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon' }, now),
  };
}
