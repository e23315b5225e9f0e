import { TaskGroup, whenAborted, isAbortError, type Clock, type Rng } from '@kubernode/base';
import { type Logger, replaceFileSync } from '@kubernode/component-base';
import type { Layout } from '../cluster/layout.ts';
import type { ProcessSpec } from './process-spec.ts';
import { rotateLog } from './rotate-log.ts';
import { SupervisedProcess } from './supervised-process.ts';

const ROTATE_EVERY_MS = 10_000;
/** Changes within this time are written to the status file once, ms. */
const STATUS_DELAY_MS = 20;

/** Runs all processes, stage by stage, until aborted; then stops them in the opposite order and resolves when all are gone. */
export async function supervise({ specs, specNow, layout, clock, rng, logger, beforeStage, beside = [], signal }: {
  specs: readonly ProcessSpec[];
  /** How a process is to be started now, by its name. As `specs` say when absent. */
  specNow?: (name: string) => ProcessSpec | undefined;
  layout: Layout;
  clock: Clock;
  rng: Rng;
  logger: Logger;
  /** What has to be done before the processes of a stage may start. */
  beforeStage: (stage: number, signal: AbortSignal) => Promise<void>;
  /** What the supervisor does itself meanwhile. */
  beside?: readonly ((signal: AbortSignal) => Promise<void>)[];
  signal: AbortSignal;
}): Promise<void> {
  let pending: Disposable | undefined;
  const writeStatus = (): void => {
    pending?.[Symbol.dispose]();
    pending = undefined;
    replaceFileSync(layout.supervisorStatus, JSON.stringify(processes.map((one) => one.status), null, 1), { mode: 0o644 });
  };
  const onChange = (): void => {
    pending ??= clock.after(STATUS_DELAY_MS, writeStatus);
  };
  const processes = specs.map((spec) => new SupervisedProcess({ spec, specNow: () => specNow?.(spec.name) ?? spec, layout, clock, rng, logger, onChange }));
  const stages = [...new Set(specs.map((spec) => spec.stage))].sort((a, b) => a - b);
  const running = new Map<number, { stop: AbortController; done: Promise<void>[] }>(stages.map((stage) => [stage, { stop: new AbortController(), done: [] }]));
  const begin = (one: SupervisedProcess): void => {
    const stage = running.get(one.spec.stage);
    stage?.done.push(one.run(stage.stop.signal));
  };
  const group = new TaskGroup(signal);
  group.spawn((inner) => rotateLogs({ specs, layout, clock, signal: inner }));
  for (const task of beside) group.spawn(task);
  try {
    const waiting = new Set(processes);
    for (const [i, stage] of stages.entries()) {
      await beforeStage(stage, group.signal);
      for (const one of waiting) {
        if (one.spec.stage !== stage && !(one.spec.startsEarly === true && one.spec.stage === stages[i + 1])) continue;
        waiting.delete(one);
        begin(one);
      }
      await Promise.all(processes.filter((one) => one.spec.stage === stage).map((one) => one.untilReady(group.signal)));
    }
    await whenAborted(signal);
  } catch (error) {
    if (!isAbortError(error)) throw error;
  } finally {
    for (const { stop, done } of [...running.values()].reverse()) { stop.abort(); await Promise.all(done); }
    group.stop();
    await group.done();
    writeStatus();
  }
}

async function rotateLogs({ specs, layout, clock, signal }: { specs: readonly ProcessSpec[]; layout: Layout; clock: Clock; signal: AbortSignal }): Promise<void> {
  for (;;) {
    await clock.sleep(ROTATE_EVERY_MS, { signal });
    for (const { name } of specs) rotateLog(layout.log(name));
    rotateLog(layout.log('supervisor'));
  }
}
