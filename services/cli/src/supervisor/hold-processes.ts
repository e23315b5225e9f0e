import { rmSync, writeFileSync } from 'node:fs';
import type { Clock } from '@kubernode/base';
import type { Layout } from '../cluster/layout.ts';
import { untilReady } from '../cluster/watch-start.ts';
import { readPidFile } from '../host/pid-file.ts';
import { stopProcesses } from '../host/stop-processes.ts';

export interface HoldInput { layout: Layout; clock: Clock; signal: AbortSignal }

/** From SIGTERM to SIGKILL. */
const STOP_MS = 20_000;
/** API servers read all that was put under them before they serve, and the host may be the one that a disaster has left. */
const READY_MS = 300_000;

/** Stops processes of a running cluster and keeps its supervisor from starting them again. They stay so until released, also when this command is ended. */
export async function holdProcesses(names: readonly string[], { layout, clock, signal }: HoldInput): Promise<void> {
  for (const name of names) writeFileSync(layout.holdFile(name), '');
  const running = names.flatMap((name) => {
    const identity = readPidFile(layout.pidFile(name));
    return identity === undefined ? [] : [{ name, identity }];
  });
  await stopProcesses(running, { patienceMs: STOP_MS, clock, signal });
}

/** Lets the supervisor start them again, and resolves when they serve. */
export async function releaseProcesses(names: readonly string[], { layout, clock, signal }: HoldInput): Promise<void> {
  for (const name of names) rmSync(layout.holdFile(name), { force: true });
  await untilReady({ layout, names, limitMs: READY_MS, clock, signal });
}
