import type { GroupVersionKind, KubeObject } from '@kubernode/apimachinery';
import type { AdmissionAttributes } from '../admission/admission.ts';
import type { ApiRequest, RequestContext } from '../pipeline/api-request.ts';
import { dropDuplicateOwners } from '../registry/write/duplicate-owners.ts';
import { wipeSystemFields } from '../registry/write/object-metadata.ts';
import type { Admission } from '../registry/write/write-request.ts';
import { checkNamespace } from './create.ts';
import { writeOptions } from './request-options.ts';

export interface UnstoredObject {
  readonly kind: GroupVersionKind;
  /** As it was decoded; admission may change it in place. */
  readonly object: KubeObject;
  /** A uid and a resourceVersion in it are preconditions. */
  readonly hasPreconditions?: boolean;
}

/** Admission's last word; rejects to refuse. Asked for once the object is found right, in its final form. */
export type Judge = () => Promise<void>;

/** Lets admission see, and change, an object that is created but not stored: a review, a binding, an eviction. @throws StatusError to refuse. */
export async function admitUnstored(admission: Admission, unstored: UnstoredObject, request: ApiRequest, context: RequestContext): Promise<Judge> {
  const { object, kind, hasPreconditions } = unstored;
  const { info } = context;
  const { dryRun, raw } = writeOptions('CreateOptions', request.query);
  if (hasPreconditions !== true) wipeSystemFields(object);
  checkNamespace({ facts: { namespaced: info.namespace !== '' } }, object, info.namespace);
  dropDuplicateOwners(object, (text) => { context.warnings.push(text); }, { afterAdmission: false });
  const name = info.name === '' ? object.metadata.name : info.name;
  const attributes = unstoredAttributes(request, context, { operation: 'CREATE', kind, object, dryRun, options: raw, ...(name && { name }) });
  await admission.admit(attributes);
  return () => admission.validate(attributes);
}

type Told = Pick<AdmissionAttributes, 'operation' | 'kind' | 'object' | 'dryRun' | 'options'> & { name?: string };

/** What admission is told of a request that stores nothing. */
export function unstoredAttributes(request: Pick<ApiRequest, 'signal'>, { info, user, warnings, auditAnnotations, deadline }: RequestContext, told: Told): AdmissionAttributes {
  const { group, version, resource, subresource, namespace, name } = info;
  return {
    user, group, version, resource, subresource, namespace, name, oldObject: undefined, expiresAtMs: deadline?.expiresAtMs, ...told,
    warn: (text) => { warnings.push(text); }, annotate: (key, value) => { auditAnnotations[key] = value; },
    get signal() { return request.signal; }, // made for those who wait
  };
}
