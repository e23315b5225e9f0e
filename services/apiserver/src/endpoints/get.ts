import { badRequest, internalErrorWithoutReason, notFound } from '@kubernode/apimachinery';
import type { Freshness } from '@kubernode/storage';
import { storeKey } from '../registry/served-resource.ts';
import type { Verb } from './endpoint-services.ts';
import { objectAnswer, objectForm } from './object-answer.ts';
import { parseResourceVersion } from './request-options.ts';

/** GET of one object, from the watch cache. Subresources that are the object itself are read the same way. */
export const get: Verb = (served, services) => async (request, { info }) => {
  const form = objectForm(request, served, info.subresource);
  if (request.query.has('export')) throw badRequest('the export parameter, deprecated since v1.14, is no longer supported');
  const { storage } = served;
  // without a signal: most reads are answered from the cache before anybody could abort, and a signal costs more than they do
  const object = await storage.store.get(storeKey(storage, info.namespace, info.name), { freshness: freshnessOf(request.query.get('resourceVersion')) });
  if (object === undefined) throw notFound(storage, info.name);
  return objectAnswer(200, { served, object, form, services });
};

function freshnessOf(resourceVersion: string | null): Freshness {
  if (resourceVersion === null || resourceVersion === '') return { kind: 'consistent' };
  if (resourceVersion === '0') return { kind: 'any' };
  return { kind: 'notOlderThan', revision: parseResourceVersion(resourceVersion, internalErrorWithoutReason) };
}
