import https from 'node:https';
import { timeLimit, type Clock } from '@kubernode/base';
import { transportFault } from '../webhook-client/transport-fault.ts';
import type { ServerAddress } from '../webhook-client/service-resolver.ts';
import type { UserInfo } from '../pipeline/api-request.ts';
import type { RemoteVersion } from './api-service.ts';
import { userHeaders } from './front-proxy-headers.ts';
import type { ServerConnections } from './server-connections.ts';

/** Documents of what a server offers are small beside this. */
const DOCUMENT_BYTES_MAX = 32 * 1024 * 1024;
const QUESTION_TIMEOUT_MS = 5_000;
/** As whom this server asks on its own behalf: everybody believes it. */
const AGGREGATOR: UserInfo = { name: 'system:kube-aggregator', uid: '', groups: ['system:masters'], extra: {} };

export interface ServerAnswer { status: number; contentType: string; etag: string; body: Buffer }
export interface ServerQuestion { remote: RemoteVersion; address: ServerAddress; path: string; accept?: string; etag?: string; user?: UserInfo; timeoutMs?: number; signal: AbortSignal }

/** GETs a document of an aggregated server. Rejects with an Error in the words of Go's client. */
export async function askServer({ remote, address, path, accept = 'application/json', etag = '', user = AGGREGATOR, timeoutMs = QUESTION_TIMEOUT_MS, signal }: ServerQuestion, { connections, clock }: { connections: ServerConnections; clock: Clock }): Promise<ServerAnswer> {
  using limit = timeLimit({ clock, ms: timeoutMs }, signal);
  try {
    return await new Promise<ServerAnswer>((resolve, reject) => {
      const outgoing = https.get({
        agent: connections.agentFor(remote), host: address.host, port: address.port, servername: remote.serverName, path, signal: limit.signal,
        headers: { host: hostOf(address), accept, ...(etag !== '' && { 'if-none-match': etag }), ...sent(userHeaders(user)) },
      }, (answer) => {
        const chunks: Buffer[] = [];
        let size = 0;
        answer.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > DOCUMENT_BYTES_MAX) answer.destroy(new Error('the document is too long'));
          else chunks.push(chunk);
        });
        answer.on('error', reject);
        answer.on('end', () => { resolve({ status: answer.statusCode ?? 0, contentType: answer.headers['content-type'] ?? '', etag: answer.headers.etag ?? '', body: Buffer.concat(chunks) }); });
      });
      outgoing.on('error', reject);
    });
  } catch (error) {
    const isLate = limit.signal.aborted && !signal.aborted;
    const why = isLate ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)' : transportFault(error as Error, { ...address, serverName: remote.serverName }); // requests fail with errors
    throw new Error(`Get "https://${hostOf(address)}${path}": ${why}`, { cause: error });
  }
}

export function hostOf({ host, port }: ServerAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function sent(headers: ReturnType<typeof userHeaders>): Record<string, string | string[]> {
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, typeof value === 'string' ? value : [...value]]])));
}
