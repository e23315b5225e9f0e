import type { CriRuntime } from '../cri/cri-runtime.ts';
import type { PodWorkers } from '../pod-workers/pod-workers.ts';
import { type ContainerAddress, findPod, findRunning } from './find-container.ts';
import { HttpFault } from './http-fault.ts';

const RUN_TIMEOUT_MS = 120_000;

/** `POST /run/NAMESPACE/POD/CONTAINER?cmd=…`: runs a command to its end; resolves to what it wrote. */
export async function runCommand({ workers, runtime }: { workers: Pick<PodWorkers, 'find'>; runtime: Pick<CriRuntime, 'exec'> }, address: ContainerAddress, command: string): Promise<Buffer> {
  const running = findRunning(findPod(workers, address), address);
  if (running === undefined) throw new HttpFault(500, `container not found ("${address.container}")`);
  const words = command.split(' ');
  const { exitCode, stdout, stderr } = await runtime.exec(running.id, words, { timeoutMs: RUN_TIMEOUT_MS });
  const output = Buffer.concat([stdout, stderr]);
  if (exitCode !== 0) throw new HttpFault(500, `command '${words.join(' ')}' exited with ${exitCode}: ${output.toString('utf8')}`);
  return output;
}
