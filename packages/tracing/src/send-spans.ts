import { request as httpRequest } from 'node:http';
import { connect as connectHttp2, constants, type ClientHttp2Session } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect as connectSocket } from 'node:net';
import { abortError, onAbort } from '@kubernode/base';

/** Hands an encoded request to the collector. */
export interface SpanSender { send(message: Buffer, signal: AbortSignal): Promise<void>; close(): void }

const EXPORT_METHOD = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const GRPC_OK = '0';
const GRPC_HEAD_BYTES = 5;

/** By gRPC in plain text, as Kubernetes sends (`HOST:PORT`, `dns:///HOST:PORT`, `unix:///PATH`); by HTTP to a URL. */
export function createSpanSender(endpoint: string): SpanSender {
  return /^https?:\/\//.test(endpoint) ? httpSender(new URL(endpoint)) : grpcSender(endpoint);
}

function httpSender(url: URL): SpanSender {
  return {
    send: (message, signal) => new Promise((resolve, reject) => {
      const sent = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, { method: 'POST', signal, headers: { 'content-type': 'application/x-protobuf', 'content-length': message.length } }, (answer) => {
        answer.resume();
        answer.on('error', reject);
        answer.on('end', () => { if (answer.statusCode === 200) resolve(); else reject(new Error(`${url.host} answered ${answer.statusCode}`)); });
      });
      sent.on('error', reject);
      sent.end(message);
    }),
    close: () => undefined,
  };
}

function grpcSender(endpoint: string): SpanSender {
  let session: ClientHttp2Session | undefined;
  const live = (): ClientHttp2Session => {
    if (session !== undefined && !session.closed && !session.destroyed) return session;
    const opened = open(endpoint);
    opened.on('error', () => { opened.destroy(); }); // the stream under way hears of it, too
    opened.unref();
    session = opened;
    return opened;
  };
  return { send: (message, signal) => call(live(), message, signal), close: () => { session?.destroy(); } };
}

function open(endpoint: string): ClientHttp2Session {
  const path = /^unix:(?:\/\/)?(\/.+)$/.exec(endpoint)?.[1];
  if (path !== undefined) return connectHttp2('http://localhost', { createConnection: () => connectSocket(path) });
  return connectHttp2(`http://${endpoint.replace(/^dns:\/{0,3}/, '')}`);
}

function call(session: ClientHttp2Session, message: Buffer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) { reject(abortError(signal)); return; }
    const stream = session.request({ ':method': 'POST', ':path': EXPORT_METHOD, 'content-type': 'application/grpc', te: 'trailers' });
    let status: string | undefined;
    const note = (headers: Readonly<Record<string, unknown>>): void => { status = typeof headers['grpc-status'] === 'string' ? headers['grpc-status'] : status; };
    const link = onAbort(signal, () => { stream.close(constants.NGHTTP2_CANCEL); reject(abortError(signal)); });
    stream.on('response', note);
    stream.on('trailers', note);
    stream.on('error', reject);
    stream.on('close', () => { link[Symbol.dispose](); if (status === GRPC_OK) resolve(); else reject(new Error(`the collector answered with status ${status ?? 'none'}`)); });
    stream.resume();
    stream.end(framed(message));
  });
}

function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(GRPC_HEAD_BYTES);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
