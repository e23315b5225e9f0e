import https from 'node:https';
import { abortError, onAbort } from '@kubernode/base';

const BODY_BYTES_MAX = 1024 * 1024;

export interface HttpsGetOptions {
  /** PEM of the CA to trust instead of the host's roots. */
  ca?: string | undefined;
  bearerToken?: string | undefined;
  signal: AbortSignal;
}

/** The text at an https address; rejects with an Error for anything but a 2xx answer. */
export function httpsGet(url: string, { ca, bearerToken, signal }: HttpsGetOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) { reject(abortError(signal)); return; }
    const headers = { accept: 'application/json', ...(bearerToken !== undefined && bearerToken !== '' && { authorization: `Bearer ${bearerToken}` }) };
    const request = https.get(url, { headers, agent: false, ...(ca !== undefined && { ca }) }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > BODY_BYTES_MAX) request.destroy(new Error(`the answer of ${url} is too long`));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status = 0, statusMessage = '' } = response;
        if (status >= 200 && status <= 299) resolve(Buffer.concat(chunks).toString());
        else reject(new Error(`${status} ${statusMessage}`));
      });
    });
    const link = onAbort(signal, () => { request.destroy(abortError(signal) as Error); }); // an Error, as Node makes it
    request.on('close', () => { link[Symbol.dispose](); });
    request.on('error', (error) => { reject(new Error(`Get ${JSON.stringify(url)}: ${error.message}`, { cause: error })); });
  });
}
