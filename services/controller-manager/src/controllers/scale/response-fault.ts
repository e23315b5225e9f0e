import { isJsonObject } from '@kubernode/apimachinery';
import type { RawResponse } from '@kubernode/client';

/** What a request was about, for the sentence about its refusal. */
export interface Asked { verb: string; resource: string; group: string; name?: string }

const SENTENCES: Readonly<Record<number, string>> = {
  400: 'the server rejected our request for an unknown reason', 401: 'the server has asked for the client to provide credentials', 404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource', 409: 'the server reported a conflict', 422: 'the server rejected our request due to an error in our request',
  429: 'the server has received too many requests and has asked us to try again later', 503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
};

/** Why a request was refused, as Kubernetes' own client says it: the server's Status, or a sentence for a code without one. */
export function responseFault({ status, body }: Pick<RawResponse, 'status' | 'body'>, { verb, resource, group, name }: Asked): string {
  const text = body.toString('utf8');
  const said = messageOfStatus(text);
  if (said !== undefined) return said;
  const unsaid = status >= 500 ? `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding` : `the server responded with the status code ${status} but did not return more information`;
  const sentence = status === 403 || status === 415 ? text : SENTENCES[status] ?? unsaid;
  return `${sentence} (${verb} ${resource}${group === '' ? '' : `.${group}`}${name === undefined ? '' : ` ${name}`})`;
}

function messageOfStatus(text: string): string | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) && value['kind'] === 'Status' && typeof value['message'] === 'string' && value['message'] !== '' ? value['message'] : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
