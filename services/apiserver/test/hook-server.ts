import https from 'node:https';
import type { ServerResponse } from 'node:http';
import type { KeyPair } from '@kubernode/component-base';
import { freePort } from '@kubernode/testing';

export interface Review { kind: string; apiVersion: string; request: { uid: string; name?: string; operation: string; object: Record<string, unknown> | null; oldObject: Record<string, unknown> | null; [field: string]: unknown } }
export type Answering = (review: Review, response: ServerResponse) => void;

/** A webhook server whose paths answer as the tests say. */
export interface HookServer extends AsyncDisposable { url: string; seen: { path: string; review: Review }[]; on(path: string, answer: Answering): void }

export async function startHooks({ certificate, key }: KeyPair): Promise<HookServer> {
  const answers = new Map<string, Answering>();
  const seen: HookServer['seen'] = [];
  const server = https.createServer({ cert: certificate, key }, (message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => { chunks.push(chunk); });
    message.on('end', () => {
      const review = JSON.parse(Buffer.concat(chunks).toString()) as Review; // the server under test sends nothing else
      seen.push({ path: message.url ?? '', review });
      answers.get((message.url ?? '').split('?')[0] ?? '')?.(review, response);
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => { server.listen(port, '127.0.0.1', resolve); });
  return {
    url: `https://127.0.0.1:${port}`, seen, on(path, answer) { answers.set(path, answer); },
    async [Symbol.asyncDispose]() { server.closeAllConnections(); await new Promise((resolve) => { server.close(resolve); }); },
  };
}

/** Answers with this response. */
export function says(response: object): Answering {
  return ({ kind, apiVersion, request: { uid } }, answer) => { answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ kind, apiVersion, response: { uid, ...response } })); };
}

/** A response that changes the object. */
export const patch = (...operations: object[]): object => ({ allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') });
