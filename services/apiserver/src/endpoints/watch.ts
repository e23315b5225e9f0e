import { badRequest, internalErrorWithoutReason } from '@kubernode/apimachinery';
import type { RequestInfo, StreamAnswer } from '../pipeline/api-request.ts';
import { asksForWebSocket, overWebSocket } from '../pipeline/websocket.ts';
import type { Verb } from './endpoint-services.ts';
import { listRequest, selectableFieldNames, type ListRequest } from './list-options.ts';
import { contentTypeOf, negotiate, notAcceptable } from './negotiation.ts';
import { formOf } from './object-answer.ts';
import { parseResourceVersion } from './request-options.ts';
import { WatchStream } from './watch-stream.ts';

/** Where events are messages anyway, nothing has to say how long they are. */
const LENGTH_PREFIX_BYTES = 4;

/** GET of a collection with `watch`: what exists or happened since, then events as they come, until the time is over. */
export const watch: Verb = (served, services) => {
  const fields = selectableFieldNames(served);
  return async (request, context) => {
    const negotiated = negotiate(request.headers['accept'], { transforms: ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'], watchable: true, isCustom: served.custom !== undefined });
    if (negotiated.encoding === 'yaml') throw notAcceptable(['json', 'protobuf'], ';stream=watch');
    const form = formOf(request, negotiated);
    const options = listRequest(request.query, served, fields);
    checkName(options, context.info);
    if (options.resourceVersion !== '') parseResourceVersion(options.resourceVersion, internalErrorWithoutReason);
    const stream = new WatchStream({ served, services, request, context, options, form });
    await stream.prepare();
    const answer: StreamAnswer = { kind: 'stream', status: 200, contentType: contentTypeOf(form.encoding, { stream: form.encoding === 'protobuf' }), write: (sink, signal) => stream.run(sink, signal) };
    if (!asksForWebSocket(request)) return answer;
    const text = form.encoding === 'json';
    return overWebSocket(request, answer, { text, message: text ? (event) => event : (event) => event.subarray(LENGTH_PREFIX_BYTES), protocol: request.headers['sec-websocket-protocol'] });
  };
};

/** A path that names the object allows no other selection of fields than that. */
export function checkName({ fields }: Pick<ListRequest, 'fields'>, { name }: Pick<RequestInfo, 'name'>): void {
  if (name === '' || fields.length === 0 || fields.some(({ field, operator, value }) => field === 'metadata.name' && operator === '=' && value === name)) return;
  throw badRequest("fieldSelector metadata.name doesn't match requested name");
}
