import { forbidden, type StatusError } from '@kubernode/apimachinery';
import type { AdmissionAttributes } from './admission.ts';

/** What a refusal tells of a request. */
export type Refused = Pick<AdmissionAttributes, 'group' | 'resource' | 'name' | 'object'>;

/** A 403 that names the object as Kubernetes does: one without a name yet by what its name will begin with. */
export function refusal({ group, resource, name, object }: Refused, why: string): StatusError {
  return forbidden({ group, resource }, name || object?.metadata?.name || object?.metadata?.generateName || 'Unknown', why);
}
