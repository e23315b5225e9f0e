import type { CriRuntime } from '../cri/cri-runtime.ts';
import { allContainers } from '../pod/pod-facts.ts';
import type { PodWorkers } from '../pod-workers/pod-workers.ts';
import { findPod, findRunning } from './find-container.ts';
import { HttpFault } from './http-fault.ts';
import type { RequestTarget } from './request-target.ts';

export type StreamKind = 'exec' | 'attach' | 'portForward';
export interface Streams { stdin: boolean; stdout: boolean; stderr: boolean; tty: boolean }

/** What a request wants to be connected with; `open` asks the runtime for a fresh address, good for one connection. */
export interface StreamTarget { kind: StreamKind; streams: Streams; open(): Promise<string> }

export interface StreamDeps { workers: Pick<PodWorkers, 'find'>; runtime: Pick<CriRuntime, 'execUrl' | 'attachUrl' | 'portForwardUrl'> }

/** `portsInQuery`: of port-forward over plain websockets; by SPDY each stream names its own. Throws HttpFault. */
export function streamTarget(deps: StreamDeps, target: RequestTarget, { portsInQuery }: { portsInQuery: boolean }): StreamTarget {
  const { segments: [kind = '', namespace = '', pod = '', ...rest] } = target;
  if (kind === 'portForward' && pod !== '' && rest.length <= 1) return portForwardTarget(deps, { namespace, pod, uid: rest[0] }, portsInQuery ? queryPorts(target.query) : []);
  if ((kind !== 'exec' && kind !== 'attach') || rest.length < 1 || rest.length > 2) throw new HttpFault(404, '404: Page Not Found');
  const streams = queryStreams(target.query);
  const address = { namespace, pod, container: rest.at(-1) ?? '', uid: rest.length > 1 ? rest[0] : undefined };
  const worker = findPod(deps.workers, address);
  const running = findRunning(worker, address);
  if (kind === 'exec') {
    if (running === undefined) throw new HttpFault(500, `container not found ("${address.container}")`);
    return { kind, streams, open: () => deps.runtime.execUrl(running.id, { ...streams, cmd: target.query.getAll('command') }) };
  }
  if (running === undefined) throw new HttpFault(500, `container ${address.container} not found in pod ${pod}_${namespace}`);
  const tty = allContainers(worker.pod).find(({ name }) => name === address.container)?.tty === true; // what runs has a terminal or not, whatever is asked for
  const attached = { ...streams, tty, stderr: streams.stderr && !tty };
  return { kind, streams: attached, open: () => deps.runtime.attachUrl(running.id, attached) };
}

function portForwardTarget({ workers, runtime }: StreamDeps, address: { namespace: string; pod: string; uid: string | undefined }, ports: readonly number[]): StreamTarget {
  const { pod, state } = findPod(workers, address);
  if (address.uid !== undefined && address.uid !== pod.metadata.uid) throw new HttpFault(404, 'pod not found');
  const sandbox = state.sandboxes.find(({ ready }) => ready);
  if (sandbox === undefined) throw new HttpFault(500, `pod not found ("${address.pod}_${address.namespace}")`);
  const open = async (): Promise<string> => {
    const url = await runtime.portForwardUrl(sandbox.id, ports);
    return ports.length === 0 ? url : `${url}?${ports.map((port) => `port=${port}`).join('&')}`; // over websockets the runtime's server reads them there
  };
  return { kind: 'portForward', streams: { stdin: true, stdout: true, stderr: false, tty: false }, open };
}

/** Pure. A terminal has one output for both. */
export function queryStreams(query: URLSearchParams): Streams {
  const isSet = (name: string): boolean => query.get(name) === '1';
  const tty = isSet('tty');
  const streams = { stdin: isSet('input'), stdout: isSet('output'), stderr: isSet('error') && !tty, tty };
  if (!streams.stdin && !streams.stdout && !streams.stderr) throw new HttpFault(400, 'you must specify at least 1 of stdin, stdout, stderr');
  return streams;
}

const PORT_MAX = 65_535;

/** Pure. Each `port` may hold several, with commas between. */
export function queryPorts(query: URLSearchParams): number[] {
  const given = query.getAll('port');
  if (given.length === 0) throw new HttpFault(400, 'query parameter "port" is required');
  return given.flatMap((list) => {
    if (list === '') throw new HttpFault(400, 'query parameter "port" cannot be empty');
    return list.split(',').map((text) => parsePort(text, list));
  });
}

function parsePort(text: string, list: string): number {
  const isNumber = /^\d+$/.test(text);
  if (!isNumber || Number(text) > PORT_MAX) throw new HttpFault(400, `unable to parse "${list}" as a port: strconv.ParseUint: parsing "${text}": ${isNumber ? 'value out of range' : 'invalid syntax'}`);
  if (Number(text) < 1) throw new HttpFault(400, `port "${list}" must be > 0`);
  return Number(text);
}
