import { isNotFound, type KubeObject } from '@kubernode/apimachinery';
import { Semaphore } from '@kubernode/base';
import { deleteObject } from '../registry/write/delete-object.ts';
import { keyPrefix } from '../registry/served-resource.ts';
import { warnOfDependents } from './delete.ts';
import { deleteBody, deleteOptions, type DeleteRequestOptions } from './delete-options.ts';
import type { Verb } from './endpoint-services.ts';
import { pageAnswer, readPage } from './list.ts';
import { listRequest, selectableFieldNames } from './list-options.ts';
import { objectForm } from './object-answer.ts';
import { writeRequestOf } from './write-request-of.ts';

/** Deletions of one request that run at once. */
const DELETIONS_MAX = 16;

/** Kubernetes takes collections page by page, and lists with a limit keep to a resourceVersion that is given. */
const PAGE_SIZE = 10_000;

/** DELETE of a collection: each object on its own, as if deleted by name; answers the list of what was there. */
export const removeCollection: Verb = (served, services) => {
  const fields = selectableFieldNames(served);
  return async (request, context) => {
    const form = objectForm(request, served);
    const listed = listRequest(request.query, served, fields, PAGE_SIZE);
    const options = deleteOptions(request.query, deleteBody(request, context));
    warnOfDependents(served, options, context);
    const prefix = keyPrefix(served.storage, context.info.namespace);
    const page = await readPage(served, request, prefix, listed);
    const slots = new Semaphore(isConditional(options) ? 1 : DELETIONS_MAX);
    let isOver = false;
    await Promise.all(page.items.map((item) => slots.run(async () => {
      if (isOver) return;
      const { metadata } = item.read<KubeObject>();
      const one = { ...context, info: { ...context.info, name: metadata.name, namespace: metadata.namespace ?? '' } };
      try {
        const writeRequest = writeRequestOf(served, request, one, options);
        writeRequest.isNameless = true;
        await deleteObject(options, writeRequest, services.write);
      } catch (error) {
        if (isNotFound(error)) return; // somebody else was faster
        isOver = true;
        throw error;
      }
    })));
    return pageAnswer(served, page, { prefix, form, services });
  };
};

/** What follows the first object that does not fit stays. */
function isConditional({ preconditions: { uid, resourceVersion } }: DeleteRequestOptions): boolean {
  return uid !== undefined || resourceVersion !== undefined;
}
