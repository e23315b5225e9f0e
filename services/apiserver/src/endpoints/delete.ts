import { badRequest, type KubeObject } from '@kubernode/apimachinery';
import type { ApiRequest } from '../pipeline/api-request.ts';
import { successStatus } from '../pipeline/status-answer.ts';
import { deleteObject, type DeleteOutcome } from '../registry/write/delete-object.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { decodeDocument } from './decode-document.ts';
import type { Verb } from './endpoint-services.ts';
import { valueAnswer } from './encode-value.ts';
import { objectAnswer, objectForm } from './object-answer.ts';
import { deleteOptions, type DeleteRequestOptions } from './request-options.ts';
import { writeRequestOf } from './write-request-of.ts';

/** DELETE of one object: the object itself while it lives on or where the kind says so, otherwise a Status. */
export const remove: Verb = (served, services) => async (request, context) => {
  const form = objectForm(request);
  const options = deleteOptions(request.query, deleteBody(request));
  const outcome = await deleteObject(options, writeRequestOf(served, request, context, options), services.write);
  if (!outcome.gone || served.storage.strategy.returnsDeletedObject === true) return objectAnswer(statusCode(served, outcome, options), { served, object: outcome.object, form, services });
  const { metadata } = outcome.object.decode<KubeObject>();
  const { group, resource } = served.facts;
  const status = successStatus({ name: metadata.name, ...(group !== '' && { group }), kind: resource, ...(metadata.uid !== undefined && { uid: metadata.uid }) });
  return valueAnswer(200, status, { encoding: form.encoding, pretty: form.pretty, encodeProtobuf: services.encodeProtobuf });
};

/** 202 for what begins to go only because the client asked for foreground or orphaning; Kubernetes says 200 where it was the default. */
function statusCode(_served: ServedResource, { gone }: DeleteOutcome, { propagationPolicy }: DeleteRequestOptions): number {
  return !gone && (propagationPolicy === 'Orphan' || propagationPolicy === 'Foreground') ? 202 : 200;
}

/** DeleteOptions in the body; of which kind it says it is hardly matters. */
export function deleteBody(request: ApiRequest): unknown {
  return request.body.length === 0 ? undefined : decodeDocument(request.body, request.headers['content-type'], badRequest).value ?? {};
}
