import { connect } from 'node:net';
import type { coreV1 } from '@kubernode/api';
import { errorMessage } from '@kubernode/base';
import { CriError } from '@kubernode/rpc';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import type { Container } from '../pod/pod-facts.ts';
import { describeFailure, type HttpGet, httpTarget, portNumber } from './http-target.ts';

/** `error` is a probe that could not be made; it counts as a failure, with other words. */
export interface ProbeOutcome { result: 'success' | 'failure' | 'error'; message: string }
export interface ProbeTarget { container: Container; containerId: string; podIp: string }
export interface ProbeDeps { runtime: Pick<CriRuntime, 'exec'>; http: HttpGet; tcp: TcpCheck }
export type TcpCheck = (address: { host: string; port: number; timeoutMs: number }) => Promise<void>;
export type RunProbe = (probe: coreV1.Probe, target: ProbeTarget) => Promise<ProbeOutcome>;

const SUCCESS: ProbeOutcome = { result: 'success', message: '' };

/** Makes one probe. Never rejects. */
export function createProber(deps: ProbeDeps): RunProbe {
  return async (probe, target) => {
    const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
    try {
      if (probe.exec) return await execProbe(deps, probe.exec.command ?? [], { ...target, timeoutMs });
      if (probe.httpGet) return await httpProbe(deps, probe.httpGet, { ...target, timeoutMs });
      if (probe.tcpSocket) return await tcpProbe(deps, probe.tcpSocket, { ...target, timeoutMs });
      if (probe.grpc) return await tcpProbe(deps, { port: probe.grpc.port }, { ...target, timeoutMs });
      return { result: 'error', message: 'missing probe handler' };
    } catch (error) {
      return { result: 'error', message: errorMessage(error) };
    }
  };
}

type Timed = ProbeTarget & { timeoutMs: number };

async function execProbe({ runtime }: ProbeDeps, command: readonly string[], { containerId, timeoutMs }: Timed): Promise<ProbeOutcome> {
  try {
    const { exitCode, stdout, stderr } = await runtime.exec(containerId, command, { timeoutMs });
    const output = Buffer.concat([stdout, stderr]).toString('utf8');
    return exitCode === 0 ? SUCCESS : { result: 'failure', message: output };
  } catch (error) {
    if (error instanceof CriError && error.code === 'DEADLINE_EXCEEDED') return { result: 'failure', message: `command timed out: "${command.join(' ')}" timed out after ${timeoutMs / 1000}s` };
    throw error;
  }
}

async function httpProbe({ http }: ProbeDeps, action: coreV1.HTTPGetAction, { container, podIp, timeoutMs }: Timed): Promise<ProbeOutcome> {
  const target = httpTarget(action, { container, podIp });
  try {
    const { status } = await http(target, { timeoutMs });
    return status >= 200 && status < 400 ? SUCCESS : { result: 'failure', message: `HTTP probe failed with statuscode: ${status}` };
  } catch (error) {
    return { result: 'failure', message: errorMessage(error) };
  }
}

async function tcpProbe({ tcp }: ProbeDeps, action: coreV1.TCPSocketAction, { container, podIp, timeoutMs }: Timed): Promise<ProbeOutcome> {
  const host = action.host === undefined || action.host === '' ? podIp : action.host;
  const port = portNumber(action.port, container);
  try {
    await tcp({ host, port, timeoutMs });
    return SUCCESS;
  } catch (error) {
    return { result: 'failure', message: errorMessage(error) };
  }
}

/** Opens a connection and closes it. */
export const tcpCheck: TcpCheck = ({ host, port, timeoutMs }) => new Promise((resolve, reject) => {
  const socket = connect({ host, port, timeout: timeoutMs });
  const address = `${host}:${port}`;
  socket.once('timeout', () => { socket.destroy(); reject(new Error(`dial tcp ${address}: i/o timeout`)); });
  socket.once('connect', () => { socket.destroy(); resolve(); });
  socket.once('error', (error: Error & { code?: string }) => { socket.destroy(); reject(new Error(describeFailure(error, address))); });
});
