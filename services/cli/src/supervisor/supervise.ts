import { isDeepStrictEqual } from 'node:util';
import { TaskGroup, errorMessage, isAbortError, type Clock, type Rng } from '@kubernode/base';
import { type Logger, replaceFileSync } from '@kubernode/component-base';
import type { Layout } from '../cluster/layout.ts';
import type { ProcessSpec } from './process-spec.ts';
import { rotateLog } from './rotate-log.ts';
import { SupervisedProcess } from './supervised-process.ts';

const ROTATE_EVERY_MS = 10_000;
/** Changes within this time are written to the status file once, ms. */
const STATUS_DELAY_MS = 20;

export interface SuperviseInput {
  /** The processes as they are to be started now; asked anew for each start. */
  specsNow: () => readonly ProcessSpec[];
  /** Resolves when `specsNow` may have another answer, or when aborted; may reject then. */
  untilChanged: (signal: AbortSignal) => Promise<void>;
  layout: Layout;
  clock: Clock;
  rng: Rng;
  logger: Logger;
  /** What has to be done before the processes of a stage may start. */
  beforeStage: (stage: number, signal: AbortSignal) => Promise<void>;
  /** What the supervisor does itself meanwhile. */
  beside?: readonly ((signal: AbortSignal) => Promise<void>)[];
  signal: AbortSignal;
}

/**
 * Runs all processes, stage by stage, until aborted; then stops them in the opposite order and resolves when all are gone. Optional ones come, change
 * and go while the others run.
 */
export function supervise(input: SuperviseInput): Promise<void> { return new Supervisor(input).run(); }

/** A process with what ends it; `done` once it has been begun. */
interface Member { readonly spec: ProcessSpec; readonly process: SupervisedProcess; readonly stop: AbortController; done?: Promise<void> }

class Supervisor {
  readonly #input: SuperviseInput;
  #members: readonly Member[];
  /** A status that is to be written. */
  #pending: Disposable | undefined;

  constructor(input: SuperviseInput) {
    this.#input = input;
    this.#members = input.specsNow().map((spec) => this.#memberOf(spec));
  }

  async run(): Promise<void> {
    const { beside = [], untilChanged, logger, signal } = this.#input;
    const group = new TaskGroup(signal);
    group.spawn((inner) => this.#rotateLogs(inner));
    for (const task of beside) group.spawn(task);
    try {
      await this.#begin(group.signal);
      while (!signal.aborted) {
        await untilChanged(signal);
        if (!signal.aborted) await this.#follow().catch((error: unknown) => logger.error('what was changed cannot be taken up; everything runs on as it is', { error: errorMessage(error) }));
      }
    } catch (error) {
      if (!isAbortError(error)) throw error;
    } finally {
      for (const stage of this.#stages().reverse()) await this.#end(this.#members.filter(({ spec }) => spec.stage === stage));
      group.stop();
      await group.done();
      this.#writeStatus();
    }
  }

  #memberOf(spec: ProcessSpec): Member {
    const { specsNow, layout, clock, rng, logger } = this.#input;
    const specNow = (): ProcessSpec => specsNow().find(({ name }) => name === spec.name) ?? spec;
    const onChange = (): void => { this.#pending ??= clock.after(STATUS_DELAY_MS, () => this.#writeStatus()); };
    return { spec, process: new SupervisedProcess({ spec, specNow, layout, clock, rng, logger, onChange }), stop: new AbortController() };
  }

  readonly #stages = (): number[] => [...new Set(this.#members.map(({ spec }) => spec.stage))].sort((a, b) => a - b);

  /** Begins one stage after the other; resolves when all processes are ready. */
  async #begin(signal: AbortSignal): Promise<void> {
    const stages = this.#stages();
    for (const [i, stage] of stages.entries()) {
      await this.#input.beforeStage(stage, signal);
      for (const one of this.#members) if (one.done === undefined && (one.spec.stage === stage || (one.spec.startsEarly === true && one.spec.stage === stages[i + 1]))) start(one);
      await Promise.all(this.#members.filter(({ spec }) => spec.stage === stage).map(({ process }) => process.untilReady(signal)));
    }
  }

  /** Ends optional processes that have changed or are no longer wanted, and begins those that are. */
  async #follow(): Promise<void> {
    const wanted = this.#input.specsNow().filter(({ isOptional }) => isOptional === true);
    const old = this.#members.filter(({ spec }) => spec.isOptional === true && !wanted.some((one) => isDeepStrictEqual(one, spec)));
    await this.#end(old);
    const kept = this.#members.filter((one) => !old.includes(one));
    const fresh = wanted.filter(({ name }) => !kept.some(({ spec }) => spec.name === name)).map((spec) => this.#memberOf(spec));
    this.#members = [...kept, ...fresh];
    for (const one of fresh) start(one);
    this.#writeStatus();
  }

  async #end(members: readonly Member[]): Promise<void> {
    for (const { stop } of members) stop.abort();
    await Promise.all(members.map(({ done = Promise.resolve() }) => done));
  }

  #writeStatus(): void {
    this.#pending?.[Symbol.dispose]();
    this.#pending = undefined;
    replaceFileSync(this.#input.layout.supervisorStatus, JSON.stringify(this.#members.map(({ process }) => process.status), null, 1), { mode: 0o644 });
  }

  async #rotateLogs(signal: AbortSignal): Promise<void> {
    const { layout, clock } = this.#input;
    for (;;) {
      await clock.sleep(ROTATE_EVERY_MS, { signal });
      for (const { spec } of this.#members) rotateLog(layout.log(spec.name));
      rotateLog(layout.log('supervisor'));
    }
  }
}

function start(member: Member): void { member.done = member.process.run(member.stop.signal); }
