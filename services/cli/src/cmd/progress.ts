import type { Clock } from '@kubernode/base';

/** Prints one line a step with its time: `✓ etcd (0.4 s)`. */
export interface Progress {
  /** Runs a step; a failed one is shown as such and its error goes on to the caller. */
  step<T>(what: string, task: () => Promise<T>): Promise<T>;
}

export function createProgress({ out, clock }: { out: NodeJS.WritableStream; clock: Clock }): Progress {
  return {
    async step(what, task) {
      const startedAt = clock.monotonicNow();
      const seconds = (): string => ((clock.monotonicNow() - startedAt) / 1000).toFixed(1);
      try {
        const result = await task();
        out.write(`✓ ${what} (${seconds()} s)\n`);
        return result;
      } catch (error) {
        out.write(`✗ ${what} (${seconds()} s)\n`);
        throw error;
      }
    },
  };
}
