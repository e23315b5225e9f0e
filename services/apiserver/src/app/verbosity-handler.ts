import type { PathHandler } from '../endpoints/endpoint.ts';
import type { Answer } from '../pipeline/api-request.ts';

/** PUT /debug/flags/v changes --v while the server runs. */
export function verbosityHandler(set: (verbosity: number) => void): PathHandler {
  return {
    paths: ['/debug/flags/v'],
    handle: async ({ method, body }) => {
      if (method !== 'PUT') return plain(406, 'unsupported http method');
      const text = body.toString('utf8');
      if (!/^[+-]?\d{1,9}$/.test(text)) return plain(400, `failed set klog.logging.verbosity ${text}: strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
      set(Number(text));
      return plain(200, `successfully set klog.logging.verbosity to ${text}`);
    },
  };
}

function plain(status: number, text: string): Answer {
  return { kind: 'buffered', status, contentType: 'text/plain', body: Buffer.from(text), headers: { 'X-Content-Type-Options': 'nosniff' } };
}
