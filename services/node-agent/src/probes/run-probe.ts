import { connect } from 'node:net';
import type { coreV1 } from '@kubernode/api';
import { errorMessage } from '@kubernode/base';
import { CriError } from '@kubernode/rpc';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import { rpcErrorText } from '../cri/rpc-error-text.ts';
import { expandVariables } from '../pod/expand-variables.ts';
import { type Container, formatPod, type Pod } from '../pod/pod-facts.ts';
import { formatDelay } from '../runtime/restart-backoff.ts';
import type { GrpcHealth } from './grpc-health.ts';
import { describeFailure, type HttpGet, httpTarget, joinHostPort, portNumber } from './http-target.ts';

/** `warning` is a success with something to tell; `unknown` a probe that could not be made: it says nothing about the container. */
export interface ProbeOutcome { result: 'success' | 'warning' | 'failure' | 'unknown'; message: string }
export interface ProbeTarget { pod: Pod; container: Container; containerId: string; podIp: string }
export interface ProbeDeps { runtime: Pick<CriRuntime, 'exec'>; http: HttpGet; tcp: TcpCheck; grpc: GrpcHealth }
export type TcpCheck = (address: { host: string; port: number; timeoutMs: number }) => Promise<void>;
export type RunProbe = (probe: coreV1.Probe, target: ProbeTarget) => Promise<ProbeOutcome>;

const SUCCESS: ProbeOutcome = { result: 'success', message: '' };
/** A probe that cannot be made is tried again at once. */
const TRIES_MAX = 3;
const OUTPUT_MAX = 10 * 1024;

/** Makes one probe. Never rejects. */
export function createProber(deps: ProbeDeps): RunProbe {
  return async (probe, target) => {
    let outcome: ProbeOutcome = SUCCESS;
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      outcome = await probeOnce(deps, probe, { ...target, timeoutMs: (probe.timeoutSeconds ?? 1) * 1000 });
      if (outcome.result !== 'unknown') break;
    }
    return outcome;
  };
}

type Timed = ProbeTarget & { timeoutMs: number };

async function probeOnce(deps: ProbeDeps, probe: coreV1.Probe, target: Timed): Promise<ProbeOutcome> {
  try {
    if (probe.exec) return await execProbe(deps, probe.exec.command ?? [], target);
    if (probe.httpGet) return await httpProbe(deps, probe.httpGet, target);
    if (probe.tcpSocket) return await tcpProbe(deps, probe.tcpSocket, target);
    if (probe.grpc) return await grpcProbe(deps, probe.grpc, target);
    return { result: 'unknown', message: `missing probe handler for ${formatPod(target.pod)}:${target.container.name}` };
  } catch (error) {
    return { result: 'unknown', message: error instanceof CriError ? rpcErrorText(error) : errorMessage(error) };
  }
}

async function execProbe({ runtime }: ProbeDeps, command: readonly string[], { container, containerId, timeoutMs }: Timed): Promise<ProbeOutcome> {
  // Only variables that stand in the spec by value: the probe has no environment of its own.
  const variables = new Map((container.env ?? []).map(({ name, value = '' }) => [name, value]));
  const expanded = command.map((one) => expandVariables(one, variables));
  try {
    const { exitCode, stdout, stderr } = await runtime.exec(containerId, expanded, { timeoutMs });
    return exitCode === 0 ? SUCCESS : { result: 'failure', message: Buffer.concat([stdout, stderr]).subarray(0, OUTPUT_MAX).toString('utf8') };
  } catch (error) {
    if (error instanceof CriError && error.code === 'DEADLINE_EXCEEDED') return { result: 'failure', message: `command timed out: "${expanded.join(' ')}" timed out after ${formatDelay(timeoutMs)}` };
    throw error;
  }
}

async function httpProbe({ http }: ProbeDeps, action: coreV1.HTTPGetAction, { container, podIp, timeoutMs }: Timed): Promise<ProbeOutcome> {
  const target = httpTarget(action, { container, podIp });
  try {
    const { status, body } = await http(target, { timeoutMs });
    if (status >= 300 && status < 400) return { result: 'warning', message: `Probe terminated redirects, Response body: ${body}` };
    return status >= 200 && status < 300 ? SUCCESS : { result: 'failure', message: `HTTP probe failed with statuscode: ${status}` };
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

async function grpcProbe({ grpc }: ProbeDeps, { port, service = '' }: coreV1.GRPCAction, { podIp, timeoutMs }: Timed): Promise<ProbeOutcome> {
  const { healthy, message } = await grpc({ host: podIp, port, service, timeoutMs });
  return healthy ? SUCCESS : { result: 'failure', message };
}

/** Opens a connection and closes it. */
export const tcpCheck: TcpCheck = ({ host, port, timeoutMs }) => new Promise((resolve, reject) => {
  const socket = connect({ host, port, timeout: timeoutMs });
  const address = joinHostPort(host, port);
  socket.once('timeout', () => { socket.destroy(); reject(new Error(`dial tcp ${address}: i/o timeout`)); });
  socket.once('connect', () => { socket.destroy(); resolve(); });
  socket.once('error', (error: Error & { code?: string }) => { socket.destroy(); reject(new Error(describeFailure(error, address))); });
});
