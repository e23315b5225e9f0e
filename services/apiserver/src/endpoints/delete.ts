import { badRequest, DecodeError, forbidden, type KubeObject } from '@kubernode/apimachinery';
import type { ApiRequest, RequestContext } from '../pipeline/api-request.ts';
import { successStatus } from '../pipeline/status-answer.ts';
import { compiledSchema } from '../registry/object-schemas.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { deleteObject, type DeleteOutcome } from '../registry/write/delete-object.ts';
import { decodeDocument } from './decode-document.ts';
import type { Verb } from './endpoint-services.ts';
import { valueAnswer } from './encode-value.ts';
import { objectAnswer, objectForm } from './object-answer.ts';
import { deleteOptions, type DeleteRequestOptions } from './request-options.ts';
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

/** DeleteOptions in the body, of which unknown fields and versions are taken as they come. */
export function deleteBody(request: ApiRequest, { audit }: Pick<RequestContext, 'audit'>): unknown {
  if (request.body.length === 0) return undefined;
  const { value, kind, apiVersion } = decodeDocument(request.body, request.headers['content-type'], badRequest);
  if (kind !== '' && kind !== 'DeleteOptions') throw badRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion === '' ? 'v1' : apiVersion)} in scheme "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"`);
  const known = knownOptions(value ?? {});
  audit?.requestObject({ ...known, kind: 'DeleteOptions', apiVersion: AUDITED_VERSION } as unknown as KubeObject); // options have no metadata
  return value ?? {};
}

/** kube-apiserver writes options into its audit in the version that it decodes them to. */
const AUDITED_VERSION = 'meta.k8s.io/__internal';

function knownOptions(options: unknown): object {
  try {
    return compiledSchema('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions')?.normalise(options).object ?? {};
  } catch (error) {
    throw error instanceof DecodeError ? badRequest(error.message) : error;
  }
}
