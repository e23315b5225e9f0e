import { errorMessage, seededRng, unlimitedController, type Rng } from '@kubernode/base';
import type { Transport } from '@kubernode/client';
import { createRegistry, type Logger } from '@kubernode/component-base';
import { SimulatedProcess } from './simulated-process.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What a program gets from the process that it runs in. */
export interface ProgramHost { process: SimulatedProcess; transport: Transport; rng: Rng; logger: Logger; registry: ReturnType<typeof createRegistry> }

export interface SimulatedComponentOptions {
  name: string;
  time: VirtualTime;
  rng: Rng;
  logger: Logger;
  connect(process: SimulatedProcess): Transport;
  /** Runs until its signal is aborted; ends by itself only when something is broken. */
  program(host: ProgramHost, signal: AbortSignal): Promise<void>;
  /** Told when a program ended by itself. */
  onFailure(name: string, why: string): void;
}

/** A process that talks to the API servers: its runs, one after the other. */
export class SimulatedComponent {
  readonly name: string;
  readonly #options: SimulatedComponentOptions;
  #run: { process: SimulatedProcess; stop: AbortController } | undefined;

  constructor(options: SimulatedComponentOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get process(): SimulatedProcess | undefined { return this.#run?.process; }

  start(): void {
    if (this.#run !== undefined) return;
    const { name, time, rng, logger, connect, program, onFailure } = this.#options;
    const run = { process: new SimulatedProcess(name, time), stop: unlimitedController() };
    this.#run = run;
    program({ process: run.process, transport: connect(run.process), rng: seededRng(Math.floor(rng.next() * 2 ** 32)), logger: logger.child({ process: name }), registry: createRegistry() }, run.stop.signal)
      .then(() => 'it ended', errorMessage)
      .then((why) => {
        if (this.#run !== run) return; // it was to end
        this.#run = undefined;
        onFailure(name, why);
      }).catch(() => undefined); // onFailure notes things down and does not throw
  }

  kill(): void {
    const run = this.#run;
    this.#run = undefined;
    run?.process.kill();
  }

  /** As by SIGTERM: the program may say goodbye. */
  stop(): void {
    const run = this.#run;
    this.#run = undefined;
    run?.process.thaw();
    run?.stop.abort();
  }
}
