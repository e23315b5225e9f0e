import { linkSignals, type Clock } from '@kubernode/base';
import { initContainers, isSidecar, mainContainers, type Pod } from '../pod/pod-facts.ts';

interface Ending { ended: Promise<void>; end: () => void }

/** In which order a pod's containers end: the main ones first, then sidecars, each after those that started later. */
export class TerminationOrder {
  readonly #endings = new Map<string, Ending>();
  readonly #prerequisites = new Map<string, string[]>();

  /** `running` are the names of containers that are there to end. */
  constructor(pod: Pod, running: readonly string[]) {
    for (const name of running) {
      let end = (): void => undefined;
      const ended = new Promise<void>((resolve) => { end = resolve; });
      this.#endings.set(name, { ended, end });
    }
    const before = mainContainers(pod).map(({ name }) => name);
    for (const { name } of [...initContainers(pod)].reverse().filter(isSidecar)) {
      this.#prerequisites.set(name, [...before]);
      before.push(name);
    }
  }

  /** Resolves when the container may be told to end, or after `limitMs`. */
  async turn(name: string, { clock, limitMs, signal }: { clock: Clock; limitMs: number; signal?: AbortSignal | undefined }): Promise<void> {
    const waits = (this.#prerequisites.get(name) ?? []).flatMap((one) => this.#endings.get(one)?.ended ?? []);
    if (waits.length === 0) return;
    using enough = linkSignals(signal);
    const limit = clock.sleep(limitMs, { signal: enough.signal }).catch(() => undefined); // ended early
    await Promise.race([Promise.all(waits), limit]);
    enough.abort();
  }

  ended(name: string): void { this.#endings.get(name)?.end(); }
}
