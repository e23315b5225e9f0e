import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { type Clock, timeLimit } from '@kubernode/base';
import type { ExtenderConfiguration, ExtenderTls } from '../config/scheduler-configuration.ts';
import type { PostJson } from './http-extender.ts';

/** An answer larger than this is no answer. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/** Speaks HTTP or HTTPS as the extender's URL says; connections are kept. Without an authority its certificate is not checked, as in Kubernetes. */
export function jsonPoster({ urlPrefix, enableHTTPS, tlsConfig }: ExtenderConfiguration, clock: Clock): PostJson {
  const secure = urlPrefix.startsWith('https:');
  const agent = secure ? new https.Agent({ keepAlive: true, ...tlsOptions(tlsConfig, enableHTTPS) }) : new http.Agent({ keepAlive: true });
  return async (url, body, timeoutMs) => {
    using limit = timeLimit({ clock, ms: timeoutMs });
    const payload = Buffer.from(JSON.stringify(body));
    const options = { method: 'POST', agent, headers: { 'Content-Type': 'application/json', 'Content-Length': payload.length }, signal: limit.signal };
    return await new Promise((resolve, reject) => {
      const request = (secure ? https : http).request(url, options, (response) => { collect(response, url).then(resolve, reject); });
      request.once('error', reject);
      request.end(payload);
    });
  };
}

async function collect(response: http.IncomingMessage, url: string): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) { // no encoding is set
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error(`the answer of extender at URL ${url} is too large`);
    chunks.push(chunk);
  }
  if (response.statusCode !== 200) throw new Error(`failed ${url.slice(url.lastIndexOf('/') + 1)} with extender at URL ${url}, code ${response.statusCode ?? 0}`);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
}

function tlsOptions(tls: ExtenderTls = {}, enableHTTPS: boolean): https.AgentOptions {
  const pem = (data: string | undefined, file: string | undefined): Buffer | undefined => (data !== undefined ? Buffer.from(data, 'base64') : file === undefined ? undefined : readFileSync(file));
  const [ca, cert, key] = [pem(tls.caData, tls.caFile), pem(tls.certData, tls.certFile), pem(tls.keyData, tls.keyFile)];
  const unchecked = tls.insecure === true || (enableHTTPS && ca === undefined);
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), ...(tls.serverName !== undefined && { servername: tls.serverName }), rejectUnauthorized: !unchecked };
}
