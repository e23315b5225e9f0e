import { badRequest, type KubeObject } from '@kubernode/apimachinery';
import { dropDuplicateOwners } from '../registry/write/duplicate-owners.ts';
import { createObject } from '../registry/write/create-object.ts';
import { wipeSystemFields } from '../registry/write/object-metadata.ts';
import { refuseWhileTerminating } from '../custom-resources/custom-requests.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { decodeBody, targetOf } from './decode-body.ts';
import type { Verb } from './endpoint-services.ts';
import { trackUpdate } from './managed-fields.ts';
import { objectAnswer, objectForm } from './object-answer.ts';
import { writeOptions } from './request-options.ts';
import { writeRequestOf } from './write-request-of.ts';

/** POST to a collection. */
export const create: Verb = (served, services) => async (request, context) => {
  const form = objectForm(request, served);
  const options = writeOptions('CreateOptions', request.query);
  const writeRequest = writeRequestOf(served, request, context, options);
  const object = decodeBody(request, targetOf(served), { fieldValidation: options.fieldValidation, warn: writeRequest.warn });
  context.audit?.requestObject(object);
  refuseWhileTerminating(served, object.metadata.name);
  wipeSystemFields(object);
  checkNamespace(served, object, context.info.namespace);
  dropDuplicateOwners(object, writeRequest.warn, { afterAdmission: false });
  const tracked = trackUpdate(undefined, object, { served, services, request, fieldManager: options.fieldManager, subresource: '' });
  const stored = await createObject(toStored(served, tracked), writeRequest, services.write);
  return objectAnswer(201, { served, object: stored, form, services });
};

export function toStored({ conversion, storage: { strategy } }: ServedResource, object: KubeObject): KubeObject {
  if (conversion === undefined) return object;
  const stored = conversion.toStored(object);
  strategy.defaults?.(stored);
  return stored;
}

/** The body may leave its namespace out; it may not name another. */
export function checkNamespace({ facts }: { readonly facts: Pick<ServedResource['facts'], 'namespaced'> }, object: KubeObject, namespace: string): void {
  const given = object.metadata.namespace ?? '';
  if (!facts.namespaced) { delete object.metadata.namespace; return; }
  if (given === '') object.metadata.namespace = namespace;
  else if (given !== namespace) throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}
