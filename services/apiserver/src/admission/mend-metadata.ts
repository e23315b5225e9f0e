import { decodeManagedFields, type KubeObject, type ManagedFieldsEntry } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import { dropDuplicateOwners } from '../registry/write/duplicate-owners.ts';
import type { AdmissionAttributes } from './admission.ts';

type Entries = readonly ManagedFieldsEntry[] | undefined;

/** Options of connections come without metadata, deletions without an object. */
export function managedFieldsOf({ object }: AdmissionAttributes): Entries {
  return (object as Partial<KubeObject> | undefined)?.metadata?.managedFields;
}

/** Undoes what plugins may not have done to an object's metadata, and warns of it: owners named twice, and managedFields that nobody can read. */
export function mendMetadata({ object, warn }: AdmissionAttributes, managedFieldsBefore: Entries): void {
  const metadata = (object as Partial<KubeObject> | undefined)?.metadata;
  if (object === undefined || metadata === undefined) return;
  const fault = metadata.managedFields === managedFieldsBefore ? undefined : faultOf(metadata.managedFields);
  if (fault !== undefined) {
    if (managedFieldsBefore === undefined) delete metadata.managedFields;
    else metadata.managedFields = [...managedFieldsBefore];
    warn(`.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: ${fault}`);
  }
  dropDuplicateOwners(object, warn, { afterAdmission: true });
}

function faultOf(entries: Entries): string | undefined {
  try { decodeManagedFields(entries); return undefined; } catch (error) { return errorMessage(error); }
}
