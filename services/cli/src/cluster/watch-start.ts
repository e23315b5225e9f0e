import { existsSync, readFileSync } from 'node:fs';
import type { Clock } from '@kubernode/base';
import { UserError } from '@kubernode/component-base';
import { readPidFile } from '../host/pid-file.ts';
import type { ProcessStatus } from '../supervisor/process-spec.ts';
import type { Layout } from './layout.ts';

const POLL_MS = 30;
const START_TIMEOUT_MS = 60_000;
/** A process that ended this often before it was ready will not come up by itself. */
const FAILED_STARTS_MAX = 3;
const LOG_TAIL_BYTES = 4096;

/** What the supervisor last wrote; empty before its first word. */
export function readSupervisorStatus(layout: Layout): readonly ProcessStatus[] {
  if (!existsSync(layout.supervisorStatus)) return [];
  return JSON.parse(readFileSync(layout.supervisorStatus, 'utf8')) as ProcessStatus[]; // written by our own supervisor, renamed into place
}

export interface ReadyWait { layout: Layout; names: readonly string[]; /** A minute when absent. */ limitMs?: number; clock: Clock; signal: AbortSignal }

/** Resolves when all processes of these names are ready. UserError with the reason when one cannot start. */
export async function untilReady({ layout, names, limitMs = START_TIMEOUT_MS, clock, signal }: ReadyWait): Promise<void> {
  const deadline = clock.monotonicNow() + limitMs;
  const restartsBefore = new Map(readSupervisorStatus(layout).map((one) => [one.name, one.restarts])); // of a process that served before
  for (;;) {
    const status = new Map(readSupervisorStatus(layout).map((one) => [one.name, one]));
    if (names.every((name) => status.get(name)?.ready === true)) return;
    const failed = names.map((name) => status.get(name)).find((one) => one !== undefined && !one.ready && one.restarts - (restartsBefore.get(one.name) ?? 0) >= FAILED_STARTS_MAX);
    if (failed) throw new UserError(`${failed.name} does not start (${failed.lastExit ?? 'it ends at once'}): ${lastLine(layout, failed.name)}`);
    if (!readPidFile(layout.pidFile('supervisor'))) throw new UserError(`the supervisor ended: ${lastLine(layout, 'supervisor')}`);
    if (clock.monotonicNow() > deadline) {
      const missing = names.filter((name) => status.get(name)?.ready !== true);
      throw new UserError(`${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not ready after ${limitMs / 1000} s: ${lastLine(layout, missing[0] ?? '')}`);
    }
    await clock.sleep(POLL_MS, { signal });
  }
}

/** The last line of a process's log, shortened to its message where it is one of ours. */
function lastLine(layout: Layout, name: string): string {
  const file = layout.log(name);
  const line = existsSync(file) ? readFileSync(file, 'utf8').slice(-LOG_TAIL_BYTES).trim().split('\n').filter((one) => !one.startsWith("See 'kubernode")).at(-1) ?? '' : '';
  return line === '' ? `it left no log in ${file}` : `${line} (more in ${file})`;
}
