import { badRequest, type KubeObject, copyJson } from '@kubernode/apimachinery';
import { servedForm } from '../registry/served-resource.ts';
import { dropDuplicateOwners } from '../registry/write/duplicate-owners.ts';
import { updateObject } from '../registry/write/update-object.ts';
import { checkNamespace, toStored } from './create.ts';
import { decodeBody, targetOf } from './decode-body.ts';
import type { Verb } from './endpoint-services.ts';
import { trackUpdate } from './managed-fields.ts';
import { objectAnswer, objectForm } from './object-answer.ts';
import { writeOptions } from './request-options.ts';
import { writeRequestOf } from './write-request-of.ts';

/** PUT of an object, or of one of its subresources that are the object itself (status). */
export const update: Verb = (served, services) => async (request, context) => {
  const form = objectForm(request, served, context.info.subresource);
  const options = writeOptions('UpdateOptions', request.query);
  const writeRequest = writeRequestOf(served, request, context, options);
  const body = decodeBody(request, targetOf(served), { fieldValidation: options.fieldValidation, warn: writeRequest.warn });
  context.audit?.requestObject(body);
  checkNamespace(served, body, context.info.namespace);
  checkName(body, context.info.name);
  dropDuplicateOwners(body, writeRequest.warn, { afterAdmission: false });
  const { subresource } = context.info;
  const { object, created } = await updateObject({
    allowCreate: subresource === '' && served.storage.strategy.allowCreateOnUpdate === true,
    uidIsPrecondition: true,
    next: async (current) => {
      if (current === undefined) await services.authorizeCreate(request, context);
      const live = current === undefined ? undefined : servedForm(served, current);
      return toStored(served, trackUpdate(live, copyJson(body), { served, services, request, fieldManager: options.fieldManager, subresource }));
    },
  }, writeRequest, services.write);
  return objectAnswer(created ? 201 : 200, { served, object, form, services });
};

export function checkName({ metadata }: KubeObject, name: string): void {
  if (metadata.name === undefined || metadata.name === '') throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (metadata.name !== name) throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
}
