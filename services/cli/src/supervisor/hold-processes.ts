import { rmSync, writeFileSync } from 'node:fs';
import type { Clock } from '@kubernode/base';
import { UserError } from '@kubernode/component-base';
import type { Layout } from '../cluster/layout.ts';
import { untilReady } from '../cluster/watch-start.ts';
import { isRunning, readPidFile, signalProcess } from '../host/pid-file.ts';

export interface HoldInput { layout: Layout; clock: Clock; signal: AbortSignal }

const POLL_MS = 50;
/** From SIGTERM to SIGKILL, and again until it counts as one that cannot be stopped. */
const STOP_MS = 20_000;
/** API servers read all that was put under them before they serve, and the host may be the one that a disaster has left. */
const READY_MS = 300_000;

/** Stops processes of a running cluster and keeps its supervisor from starting them again. They stay so until released, also when this command is ended. */
export async function holdProcesses(names: readonly string[], { layout, clock, signal }: HoldInput): Promise<void> {
  for (const name of names) writeFileSync(layout.holdFile(name), '');
  const running = names.flatMap((name) => readPidFile(layout.pidFile(name)) ?? []);
  for (const identity of running) signalProcess(identity, 'SIGTERM');
  const startedAt = clock.monotonicNow();
  while (running.some(isRunning)) {
    const waitedMs = clock.monotonicNow() - startedAt;
    if (waitedMs > STOP_MS) for (const identity of running) signalProcess(identity, 'SIGKILL');
    if (waitedMs > 2 * STOP_MS) throw new UserError(`${names.join(', ')} do not stop`);
    await clock.sleep(POLL_MS, { signal });
  }
}

/** Lets the supervisor start them again, and resolves when they serve. */
export async function releaseProcesses(names: readonly string[], { layout, clock, signal }: HoldInput): Promise<void> {
  for (const name of names) rmSync(layout.holdFile(name), { force: true });
  await untilReady({ layout, names, limitMs: READY_MS, clock, signal });
}
