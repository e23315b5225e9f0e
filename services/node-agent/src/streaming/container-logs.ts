import type { ServerResponse } from 'node:http';
import { type Clock, onAbort } from '@kubernode/base';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import { type LogQuery, readLogs } from '../logs/read-logs.ts';
import type { PodWorkers } from '../pod-workers/pod-workers.ts';
import { type ContainerAddress, findLogged } from './find-container.ts';
import { HttpFault } from './http-fault.ts';

export interface LogsDeps { workers: PodWorkers; runtime: Pick<CriRuntime, 'containerStatus'>; clock: Clock }

/** Answers /containerLogs: the text flows as the client takes it. */
export async function serveContainerLogs({ workers, runtime, clock }: LogsDeps, { address, query }: { address: ContainerAddress; query: URLSearchParams }, response: ServerResponse): Promise<void> {
  const parsed = parseLogQuery(query, clock.now());
  const container = findLogged(workers, address, flag(query, 'previous'));
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  const isOpen = async (): Promise<boolean> => (await runtime.containerStatus(container.id).catch(() => undefined))?.phase === 'running'; // removed meanwhile: no more comes
  const lines = readLogs({ path: container.logPath, isOpen, clock, signal: closed.signal }, parsed);
  response.writeHead(200, { 'content-type': 'text/plain' });
  if (parsed.follow) response.flushHeaders();
  try {
    for await (const text of lines) if (!response.write(text)) await drained(response, closed.signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    response.write(`failed to try resolving symlinks in path "${container.logPath}": lstat ${container.logPath}: no such file or directory`);
  }
  response.end();
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => { link[Symbol.dispose](); response.off('drain', finish); resolve(); };
    const link = onAbort(signal, () => finish());
    response.once('drain', finish);
  });
}

export function parseLogQuery(query: URLSearchParams, nowMs: number): LogQuery {
  const number = (name: string): number | undefined => {
    const text = query.get(name);
    if (text === null || text === '') return undefined;
    if (!/^-?\d+$/.test(text)) throw new HttpFault(400, `{"message": "Unable to decode the request for container logs."}`);
    return Number(text);
  };
  const sinceSeconds = number('sinceSeconds');
  const sinceTime = query.get('sinceTime');
  const tailLines = number('tailLines') ?? (query.get('tail') === 'all' ? undefined : number('tail'));
  const stream = query.get('stream');
  return {
    follow: flag(query, 'follow'), timestamps: flag(query, 'timestamps'), tailLines, limitBytes: number('limitBytes'),
    sinceMs: sinceTime !== null && sinceTime !== '' ? Date.parse(sinceTime) : sinceSeconds === undefined ? undefined : nowMs - sinceSeconds * 1000,
    stream: stream === 'Stdout' ? 'stdout' : stream === 'Stderr' ? 'stderr' : undefined,
  };
}

/** A boolean of a query: the API's `true`, the kubelet's `1`. */
export function flag(query: URLSearchParams, name: string): boolean {
  return ['true', '1'].includes(query.get(name) ?? '');
}
