import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { exponentialBackoff, isAbortError, linkSignals, onAbort, type Clock, type Rng } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { Layout } from '../cluster/layout.ts';
import { isRunning, readPidFile, removePidFile, signalProcess, writePidFile, type ProcessIdentity } from '../host/pid-file.ts';
import type { ProcessSpec, ProcessStatus } from './process-spec.ts';
import { isReady } from './ready-probe.ts';

const HOLD_POLL_MS = 100;
/** A process that ran this long counts as well: its next restart is quick again. */
const STABLE_MS = 10_000;
/** What processes see of the operator's environment; the last two are set by the launcher to keep them small. */
const INHERITED = ['PATH', 'HOME', 'MALLOC_ARENA_MAX', 'MALLOC_MMAP_THRESHOLD_'];
const RESTART_DELAY_MS = 100;
/** A second is more than clients and a new leader need. */
const RESTART_DELAY_WITH_PEERS_MS = 1000;
const READY_POLL_MS = 50;
const ADOPTED_POLL_MS = 500;

export interface SupervisedProcessOptions {
  spec: ProcessSpec;
  /** How it is to be started now: a cluster's configuration may have changed since. `spec` when absent. */
  specNow?: (() => ProcessSpec) | undefined;
  layout: Layout;
  clock: Clock;
  rng: Rng;
  logger: Logger;
  onChange: () => void;
}

/**
 * Keeps one process running: starts it (or adopts one that an earlier supervisor left running), waits until it is ready, starts it again
 * with back-off when it ends, and stops it when told.
 */
export class SupervisedProcess {
  readonly spec: ProcessSpec;
  readonly #options: SupervisedProcessOptions;
  #status: ProcessStatus;
  #current: ProcessIdentity | undefined;

  constructor(options: SupervisedProcessOptions) {
    this.spec = options.spec;
    this.#options = options;
    this.#status = { name: options.spec.name, pid: 0, startedAt: 0, restarts: 0, ready: false };
  }

  get status(): Readonly<ProcessStatus> { return this.#status; }

  /** Runs until aborted, then stops the process and resolves when it is gone. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, rng, layout, logger } = this.#options;
    const backoff = exponentialBackoff({ initialMs: this.spec.hasPeers === true ? RESTART_DELAY_WITH_PEERS_MS : RESTART_DELAY_MS, maxMs: 10_000, rng });
    while (!signal.aborted) {
      if (!await this.#untilReleased(signal)) return;
      const startedAt = clock.now();
      const ended = this.#adopt() ?? this.#start();
      const probing = linkSignals(signal);
      const probed = this.#probe(probing.signal);
      const lastExit = await ended(signal);
      probing.abort();
      await probed;
      probing[Symbol.dispose]();
      removePidFile(layout.pidFile(this.spec.name));
      this.#update({ pid: 0, ready: false, lastExit });
      if (signal.aborted) return;
      logger.warn('process ended', { process: this.spec.name, how: lastExit });
      if (clock.now() - startedAt > STABLE_MS) backoff.reset();
      try { await clock.sleep(backoff.next(), { signal }); } catch (error) { if (!isAbortError(error)) throw error; }
      this.#update({ restarts: this.#status.restarts + 1 });
    }
  }

  /** Resolves when the process serves; rejects when aborted. */
  async untilReady(signal: AbortSignal): Promise<void> {
    while (!this.#status.ready) await this.#options.clock.sleep(READY_POLL_MS, { signal });
  }

  /** Waits as long as somebody holds the process back; false when aborted meanwhile. */
  async #untilReleased(signal: AbortSignal): Promise<boolean> {
    const { layout, clock } = this.#options;
    try {
      while (existsSync(layout.holdFile(this.spec.name))) await clock.sleep(HOLD_POLL_MS, { signal });
    } catch (error) { if (!isAbortError(error)) throw error; }
    return !signal.aborted;
  }

  /** Marks the process as ready once it is; ends then, or when aborted. Runs anew after each start. */
  async #probe(signal: AbortSignal): Promise<void> {
    try {
      while (!await isReady(this.spec.ready)) await this.#options.clock.sleep(READY_POLL_MS, { signal });
      if (!signal.aborted) this.#update({ ready: true });
    } catch (error) { if (!signal.aborted) throw error; }
  }

  #start(): (signal: AbortSignal) => Promise<string> {
    const { layout, clock, specNow = () => this.spec } = this.#options;
    const { command, args, env } = specNow();
    mkdirSync(path.dirname(layout.log(this.spec.name)), { recursive: true });
    const log = openSync(layout.log(this.spec.name), 'a', 0o640);
    const child = spawn(command, args, { stdio: ['ignore', log, log], env: { ...inherited(), ...env } });
    closeSync(log);
    const exited = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(`not started: ${error.message}`));
      child.once('exit', (code, how) => resolve(how ?? `exit ${code}`));
    });
    if (child.pid !== undefined) {
      writePidFile(layout.pidFile(this.spec.name), child.pid);
      this.#current = readPidFile(layout.pidFile(this.spec.name));
      this.#update({ pid: child.pid, startedAt: clock.now() });
    }
    return async (signal) => {
      using _stop = this.#terminateOn(signal);
      return await exited; // awaited here, so that the listener stays until then
    };
  }

  /** A process of an earlier supervisor is no child of ours: its end is seen by looking. */
  #adopt(): ((signal: AbortSignal) => Promise<string>) | undefined {
    const { layout, clock, logger } = this.#options;
    const identity = readPidFile(layout.pidFile(this.spec.name));
    if (!identity) return undefined;
    logger.info('adopted a running process', { process: this.spec.name, pid: identity.pid });
    this.#current = identity;
    this.#update({ pid: identity.pid, startedAt: clock.now() });
    return async (signal) => {
      using _stop = this.#terminateOn(signal);
      while (isRunning(identity)) await clock.sleep(ADOPTED_POLL_MS);
      return 'gone';
    };
  }

  /** Asks the process to end once `signal` aborts, and ends it when it does not; until disposed of. */
  #terminateOn(signal: AbortSignal): Disposable {
    let patience: Disposable | undefined;
    const link = onAbort(signal, () => {
      const identity = this.#current;
      if (!identity) return;
      signalProcess(identity, 'SIGTERM');
      patience = this.#options.clock.after(this.spec.stopMs, () => signalProcess(identity, 'SIGKILL'));
    });
    return { [Symbol.dispose]: () => { link[Symbol.dispose](); patience?.[Symbol.dispose](); } };
  }

  #update(change: Partial<ProcessStatus>): void {
    this.#status = { ...this.#status, ...change };
    this.#options.onChange();
  }
}

function inherited(): Record<string, string | undefined> {
  return Object.fromEntries(INHERITED.map((name) => [name, process.env[name]]));
}
