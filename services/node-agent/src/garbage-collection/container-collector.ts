import { type Clock, errorMessage } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import { type PodPresence, selectGarbage } from './select-garbage.ts';

export interface ContainerCollectorDeps {
  runtime: Pick<CriRuntime, 'listContainers' | 'listSandboxes' | 'stopContainer' | 'removeContainer' | 'stopSandbox' | 'removeSandbox'>;
  presence: (podUid: string) => PodPresence;
  /** All pods of the node are known, so that what else there is belongs to nobody. */
  podsKnown: () => boolean;
  /** Told that a collection failed. */
  onFailure: (message: string) => void;
  /** What else is kept for pods that are gone: folders, logs, control groups. */
  removeOrphans: () => Promise<void>;
  clock: Clock;
  logger: Logger;
}

const COLLECT_EVERY_MS = 60_000;
const KEEP_PER_CONTAINER = 1;

/** Removes dead containers, empty sandboxes and files of pods that are gone. */
export class ContainerCollector {
  readonly #deps: ContainerCollectorDeps;

  constructor(deps: ContainerCollectorDeps) { this.#deps = deps; }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger, onFailure } = this.#deps;
    while (!signal.aborted) {
      await clock.sleep(COLLECT_EVERY_MS, { signal });
      try { await this.collect(); } catch (error) {
        logger.warn('container garbage collection failed', { error: errorMessage(error) });
        onFailure(errorMessage(error));
      }
    }
  }

  /** @param alsoEnded records of pods that ended go too, though their objects are still there */
  async collect({ alsoEnded = false }: { alsoEnded?: boolean } = {}): Promise<void> {
    const { runtime, presence, podsKnown } = this.#deps;
    const known = podsKnown();
    const [containers, sandboxes] = await Promise.all([runtime.listContainers({}), runtime.listSandboxes({})]);
    const garbage = selectGarbage({ containers, sandboxes, presence: (uid) => (known ? presence(uid) : 'running'), keepPerContainer: KEEP_PER_CONTAINER, alsoEnded });
    for (const { id, stopFirst } of garbage.containers) {
      await this.#attempt('container', id, async () => {
        if (stopFirst) await runtime.stopContainer(id, 0);
        await runtime.removeContainer(id);
      });
    }
    for (const id of garbage.sandboxes) await this.#attempt('sandbox', id, async () => { await runtime.stopSandbox(id); await runtime.removeSandbox(id); });
    if (known) await this.#deps.removeOrphans();
  }

  /** One that cannot be removed keeps no other from it. */
  async #attempt(what: string, id: string, remove: () => Promise<void>): Promise<void> {
    try { await remove(); } catch (error) { this.#deps.logger.warn('cannot remove garbage of the runtime', { what, id, error: errorMessage(error) }); }
  }
}
