import { forbidden, type KubeObject } from '@kubernode/apimachinery';
import type { RequestContext } from '../pipeline/api-request.ts';
import { successStatus } from '../pipeline/status-answer.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { deleteObject, type DeleteOutcome } from '../registry/write/delete-object.ts';
import { deleteBody, deleteOptions, type DeleteRequestOptions } from './delete-options.ts';
import type { Verb } from './endpoint-services.ts';
import { valueAnswer } from './encode-value.ts';
import { objectAnswer, objectForm } from './object-answer.ts';
import { writeRequestOf } from './write-request-of.ts';

/** DELETE of one object: the object itself while it lives on or where the kind says so, otherwise a Status. */
export const remove: Verb = (served, services) => async (request, context) => {
  const form = objectForm(request, served);
  const options = deleteOptions(request.query, deleteBody(request, context));
  warnOfDependents(served, options, context);
  const refusal = served.storage.strategy.refuseDelete?.(context.info.name);
  if (refusal !== undefined) throw forbidden(served.storage, context.info.name, refusal);
  const outcome = await deleteObject(options, writeRequestOf(served, request, context, options), services.write);
  if (!outcome.gone || served.storage.strategy.returnsDeletedObject === true) return objectAnswer(statusCode(outcome, options), { served, object: outcome.object, form, services });
  const { metadata } = outcome.object.read<KubeObject>();
  const { group, resource } = served.facts;
  const status = successStatus({ name: metadata.name, ...(group !== '' && { group }), kind: resource, ...(metadata.uid !== undefined && { uid: metadata.uid }) });
  return valueAnswer(200, status, { encoding: form.encoding, pretty: form.pretty, encodeProtobuf: services.encodeProtobuf });
};

export function warnOfDependents({ storage }: ServedResource, { propagationPolicy, raw }: DeleteRequestOptions, { warnings }: RequestContext): void {
  const warning = storage.strategy.warningOnDelete;
  if (warning !== undefined && propagationPolicy === undefined && raw['orphanDependents'] === undefined) warnings.push(warning);
}

/** 202 for what begins to go by an old option that asks for cascading; everything else is 200, done or begun. */
function statusCode({ gone }: DeleteOutcome, { raw }: DeleteRequestOptions): number {
  return !gone && raw['orphanDependents'] === false ? 202 : 200;
}
