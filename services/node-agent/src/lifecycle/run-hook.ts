import type { coreV1 } from '@kubernode/api';
import { type Clock, errorMessage } from '@kubernode/base';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import type { PodEvents } from '../events/pod-events.ts';
import { type Container, formatPod, type Pod } from '../pod/pod-facts.ts';
import { type HttpGet, httpTarget, isPlainAnswerToTls } from '../probes/http-target.ts';

export interface HookDeps { runtime: Pick<CriRuntime, 'exec'>; http: HttpGet; clock: Clock; events: Pick<PodEvents, 'warning'> }
export interface HookTarget { pod: Pod; container: Container; containerId: string; podIp: string; timeoutMs: number; signal?: AbortSignal | undefined }

/** Runs a postStart or preStop handler; rejects with the sentence that tells why it failed. */
export async function runHook(deps: HookDeps, handler: coreV1.LifecycleHandler, target: HookTarget): Promise<void> {
  const { pod, container, signal, timeoutMs } = target;
  const of = `for Container "${container.name}" in Pod "${formatPod(pod)}" failed - error`;
  if (handler.exec) { await execHook(deps, handler.exec.command ?? [], target); return; }
  if (handler.httpGet) {
    try { await httpHook(deps, handler.httpGet, target); } catch (error) {
      throw new Error(`HTTP lifecycle hook (${handler.httpGet.path ?? ''}) ${of}: ${errorMessage(error)}`, { cause: error });
    }
    return;
  }
  if (handler.sleep) {
    try { await deps.clock.sleep(Math.min(handler.sleep.seconds * 1000, timeoutMs), { signal }); } catch (error) {
      throw new Error(`Sleep lifecycle hook (${handler.sleep.seconds}) ${of}: container terminated before sleep hook finished`, { cause: error });
    }
    return;
  }
  throw new Error('Cannot run handler: invalid handler'); // tcpSocket is in the API only
}

/** Any answer will do: what counts is that the container was told. */
async function httpHook({ http, events }: HookDeps, action: coreV1.HTTPGetAction, { pod, container, podIp, timeoutMs, signal }: HookTarget): Promise<void> {
  if (podIp === '' && (action.host ?? '') === '') throw new Error('failed to find networking container');
  const target = httpTarget(action, { container, podIp, purpose: 'lifecycle' });
  try {
    await http(target, { timeoutMs, signal });
  } catch (error) {
    if (target.scheme !== 'https' || !isPlainAnswerToTls(error)) throw error;
    const { authorization: _secret, ...headers } = target.headers; // not over an open line
    await http({ ...target, scheme: 'http', headers }, { timeoutMs, signal });
    events.warning(pod, 'LifecycleHTTPFallback', `request to HTTPS lifecycle hook ${target.host}:${target.port} got HTTP response, retry with HTTP succeeded`);
  }
}

async function execHook({ runtime }: HookDeps, command: readonly string[], { pod, container, containerId, timeoutMs, signal }: HookTarget): Promise<void> {
  const describe = (error: string, output: string): Error => new Error(`Exec lifecycle hook ([${command.join(' ')}]) for Container "${container.name}" in Pod "${formatPod(pod)}" failed - error: ${error}, message: ${JSON.stringify(output)}`);
  let result;
  try {
    result = await runtime.exec(containerId, command, { timeoutMs, signal });
  } catch (error) {
    throw describe(errorMessage(error), '');
  }
  if (result.exitCode !== 0) throw describe(`command '${command.join(' ')}' exited with ${result.exitCode}: ${result.stderr.toString('utf8')}`, Buffer.concat([result.stdout, result.stderr]).toString('utf8'));
}
