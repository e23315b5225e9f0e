import type { ServerResponse } from 'node:http';
import { type Clock, onAbort } from '@kubernode/base';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import { type LogQuery, readLogs } from '../logs/read-logs.ts';
import type { PodWorkers } from '../pod-workers/pod-workers.ts';
import { type ContainerAddress, findLogged } from './find-container.ts';
import { HttpFault } from './http-fault.ts';

export interface LogsDeps { workers: Pick<PodWorkers, 'find'>; runtime: Pick<CriRuntime, 'containerStatus'>; clock: Clock; podLogsDir: string }

/** Answers /containerLogs: the text flows as the client takes it. */
export async function serveContainerLogs(deps: LogsDeps, { address, query }: { address: ContainerAddress; query: URLSearchParams }, response: ServerResponse): Promise<void> {
  const { workers, clock, podLogsDir } = deps;
  const parsed = parseLogQuery(query, clock.now());
  const { id, logPath } = await findLogged(deps, address, isTrue(query, 'previous'));
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  const isOpen = (): boolean => workers.find(address.namespace, address.pod)?.state.containers.find((one) => one.id === id)?.phase === 'running';
  const text = readLogs({ path: logPath, root: podLogsDir, isOpen, clock, signal: closed.signal }, parsed);
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  response.flushHeaders(); // also of a log that is silent for now
  try {
    for await (const part of text) if (!response.write(part)) await drained(response, closed.signal);
  } catch (error) {
    response.write(readFault(error, logPath)); // the status is sent: the text is all that is left to tell by
  }
  response.end();
}

function readFault(error: unknown, logPath: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return `failed to try resolving symlinks in path "${logPath}": lstat ${logPath}: no such file or directory`;
  return `failed to open log file "${logPath}": ${code === 'ELOOP' && error instanceof Error ? error.message : 'it cannot be read'}`;
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => { link[Symbol.dispose](); response.off('drain', finish); resolve(); };
    const link = onAbort(signal, () => finish());
    response.once('drain', finish);
  });
}

const STREAMS: Readonly<Record<string, 'all' | 'stdout' | 'stderr'>> = { All: 'all', Stdout: 'stdout', Stderr: 'stderr' };

/** The options of `kubectl logs`, as the API server passes them on. */
export function parseLogQuery(query: URLSearchParams, nowMs: number): LogQuery {
  const tail = query.get('tail') ?? ''; // the name of old
  const tailLines = tail === 'all' ? undefined : tail === '' ? number(query.get('tailLines')) : number(tail);
  const limitBytes = number(query.get('limitBytes'));
  const sinceSeconds = number(query.get('sinceSeconds'));
  const sinceTime = query.get('sinceTime') ?? '';
  const since = sinceTime === '' ? undefined : Date.parse(sinceTime);
  if (Number.isNaN(since)) throw undecodable();
  const stream = STREAMS[query.get('stream') ?? 'All'];
  const isValid = (tailLines ?? 0) >= 0 && (limitBytes ?? 1) >= 1 && (sinceSeconds ?? 1) >= 1 && stream !== undefined
    && (sinceSeconds === undefined || since === undefined) && (stream === 'all' || tailLines === undefined);
  if (!isValid) throw new HttpFault(422, '{"message": "Invalid request."}');
  return {
    follow: isTrue(query, 'follow'), timestamps: isTrue(query, 'timestamps'), tailLines, limitBytes,
    sinceMs: since ?? (sinceSeconds === undefined ? undefined : nowMs - sinceSeconds * 1000), stream: stream === 'all' ? undefined : stream,
  };
}

function number(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw undecodable();
  return Number(text);
}

function undecodable(): HttpFault { return new HttpFault(400, '{"message": "Unable to decode query."}'); }

/** Booleans of the API's options: there, and not said to be false. */
function isTrue(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && !['false', '0'].includes(value.toLowerCase());
}
