import type { coreV1 } from '@kubernode/api';
import { type Clock, errorMessage } from '@kubernode/base';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import { type Container, formatPod, type Pod } from '../pod/pod-facts.ts';
import { type HttpGet, httpTarget } from '../probes/http-target.ts';

export interface HookDeps { runtime: Pick<CriRuntime, 'exec'>; http: HttpGet; clock: Clock }
export interface HookTarget { pod: Pod; container: Container; containerId: string; podIp: string; timeoutMs: number; signal?: AbortSignal | undefined }

/** Runs a postStart or preStop handler; rejects with the sentence for the event when it fails. */
export async function runHook(deps: HookDeps, handler: coreV1.LifecycleHandler, target: HookTarget): Promise<void> {
  const { pod, container } = target;
  if (handler.exec) { await execHook(deps, handler.exec.command ?? [], target); return; }
  if (handler.httpGet) {
    const hostHeader = handler.httpGet;
    try {
      const { status } = await deps.http(httpTarget(hostHeader, { container, podIp: target.podIp }), { timeoutMs: target.timeoutMs, signal: target.signal });
      if (status >= 400) throw new Error(`HTTP lifecycle hook responded with status ${status}`);
    } catch (error) {
      throw new Error(`HTTP lifecycle hook (${hostHeader.path ?? ''}) for Container "${container.name}" in Pod "${formatPod(pod)}" failed - error: ${errorMessage(error)}`);
    }
    return;
  }
  if (handler.sleep) await deps.clock.sleep(Math.min(handler.sleep.seconds * 1000, target.timeoutMs), { signal: target.signal });
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
