import { isNotFound, type KubeObject } from '@kubernode/apimachinery';
import { Semaphore } from '@kubernode/base';
import { deleteObject } from '../registry/write/delete-object.ts';
import { bytesOf, keyPrefix, listKindOf } from '../registry/served-resource.ts';
import { deleteBody, warnOfDependents } from './delete.ts';
import type { Verb } from './endpoint-services.ts';
import { isPlain, valueAnswer } from './encode-value.ts';
import { readPage } from './list.ts';
import { listRequest, selectableFieldNames } from './list-options.ts';
import { listForm } from './object-answer.ts';
import { deleteOptions } from './request-options.ts';
import { writeRequestOf } from './write-request-of.ts';

/** Deletions of one request that run at once. */
const DELETIONS_MAX = 16;

/** DELETE of a collection: each object on its own, as if deleted by name; answers the list of what was there. */
export const removeCollection: Verb = (served, services) => {
  const fields = selectableFieldNames(served);
  return async (request, context) => {
    const form = listForm(request, served);
    const options = deleteOptions(request.query, deleteBody(request, context));
    warnOfDependents(served, options, context);
  const page = await readPage(served, request, keyPrefix(served.storage, context.info.namespace), listRequest(request.query, served, fields));
    const slots = new Semaphore(DELETIONS_MAX);
    await Promise.all(page.items.map((item) => slots.run(async () => {
      const { metadata } = item.read<KubeObject>();
      const one = { ...context, info: { ...context.info, name: metadata.name, namespace: metadata.namespace ?? '' } };
      try {
        const writeRequest = writeRequestOf(served, request, one, options);
        writeRequest.isNameless = true;
        await deleteObject(options, writeRequest, services.write);
      } catch (error) {
        if (!isNotFound(error)) throw error; // somebody else was faster
      }
    })));
    const items = page.items.map((object) => { const { kind, apiVersion, ...item } = JSON.parse(bytesOf(served, object).toString()) as KubeObject; return served.custom === undefined ? item : { apiVersion, kind, ...item }; }); // bytes of an object
    const list = { kind: listKindOf(served), apiVersion: served.apiVersion, metadata: { ...(served.custom && { continue: '' }), resourceVersion: String(page.revision) }, items };
    return valueAnswer(200, list, { encoding: isPlain(form, false) ? 'json' : form.encoding, pretty: form.pretty, encodeProtobuf: services.encodeProtobuf });
  };
};
