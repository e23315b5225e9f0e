import type { CriRuntime } from '../cri/cri-runtime.ts';
import type { PodWorkers } from '../pod-workers/pod-workers.ts';
import { flag } from './container-logs.ts';
import { findPod, findRunning } from './find-container.ts';
import { HttpFault } from './http-fault.ts';

export type StreamKind = 'exec' | 'attach' | 'portForward';
export interface StreamTarget { kind: StreamKind; url: string; tty: boolean; stdin: boolean; stdout: boolean; stderr: boolean }

/** Where the runtime serves what an upgrade request asks for; a fresh address each time. */
export async function streamTarget({ workers, runtime }: { workers: PodWorkers; runtime: CriRuntime }, url: URL): Promise<StreamTarget> {
  const [kind = '', namespace = '', pod = '', ...rest] = url.pathname.split('/').filter((part) => part !== '').map(decodeURIComponent);
  const query = url.searchParams;
  const tty = flag(query, 'tty');
  const stdin = flag(query, 'input') || flag(query, 'stdin');
  const stdout = flag(query, 'output') || flag(query, 'stdout');
  const stderr = !tty && (flag(query, 'error') || flag(query, 'stderr'));
  const container = rest.at(-1) ?? '';
  const uid = rest.length > 1 ? rest[0] : undefined;
  if (kind === 'exec' || kind === 'attach') {
    if (!stdin && !stdout && !stderr) throw new HttpFault(400, 'you must specify at least 1 of stdin, stdout, stderr');
    const { id } = findRunning(workers, { namespace, pod, container, uid });
    const streams = { stdin, stdout, stderr, tty };
    const address = kind === 'exec' ? await runtime.execUrl(id, { ...streams, cmd: query.getAll('command') }) : await runtime.attachUrl(id, streams);
    return { kind, url: address, ...streams };
  }
  if (kind !== 'portForward') throw new HttpFault(404, '404 page not found\n');
  const { state } = findPod(workers, { namespace, pod, uid: rest[0] });
  const sandbox = state.sandboxes.find(({ ready }) => ready);
  if (sandbox === undefined) throw new HttpFault(404, `pod not found ("${pod}_${namespace}")`);
  const ports = query.getAll('port').concat(query.getAll('ports')).flatMap((one) => one.split(',')).map(Number);
  const address = await runtime.portForwardUrl(sandbox.id, ports);
  return { kind, url: withQuery(address, ports), tty: false, stdin: true, stdout: true, stderr: false };
}

/** Over websockets the runtime's server reads the ports from the address. */
function withQuery(address: string, ports: readonly number[]): string {
  return ports.length === 0 ? address : `${address}?${ports.map((port) => `port=${port}`).join('&')}`;
}
