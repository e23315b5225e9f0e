import { errorMessage, isAbortError, type Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { BootstrapStep } from '../bootstrap/bootstrap.ts';
import type { ObjectWriter } from '../endpoints/endpoint.ts';
import type { HealthCheck } from './health.ts';

/** Steps that health checks name without a prefix. */
const PLAIN_CHECKS: ReadonlySet<string> = new Set(['autoregister-completion']);
const RETRY_MS = 1_000;

/** Creates what every cluster has; tried again until it is there. Shows in /readyz, a check for each step. */
export class BootstrapProgress {
  readonly #steps: readonly BootstrapStep[];
  readonly #done = new Set<string>();
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(steps: readonly BootstrapStep[], { clock, logger }: { clock: Clock; logger: Logger }) {
    this.#steps = steps;
    this.#clock = clock;
    this.#logger = logger;
  }

  checks(): HealthCheck[] {
    return this.#steps.map(({ name }) => ({ name: PLAIN_CHECKS.has(name) ? name : `poststarthook/${name}`, check: () => (this.#done.has(name) ? undefined : 'not finished') }));
  }

  async run(writer: ObjectWriter, signal: AbortSignal): Promise<void> {
    await Promise.all(this.#steps.map((step) => this.#take(step, writer, signal)));
    if (!signal.aborted) this.#logger.info('ready');
  }

  async #take({ name, run }: BootstrapStep, writer: ObjectWriter, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#done.has(name)) {
      try {
        await run(writer);
        this.#done.add(name);
      } catch (error) {
        if (isAbortError(error) && signal.aborted) return;
        this.#logger.warn('a bootstrap step failed and is tried again', { step: name, error: errorMessage(error) });
        await this.#clock.sleep(RETRY_MS, { signal });
      }
    }
  }
}
