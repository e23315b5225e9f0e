import type { Clock } from '@kubernode/base';
import { UserError } from '@kubernode/component-base';
import { isRunning, signalProcess, type ProcessIdentity } from './pid-file.ts';

/** A process by the name that users know. */
export interface NamedProcess { name: string; identity: ProcessIdentity }

export interface StopOptions {
  /** From SIGTERM to SIGKILL, ms. */
  patienceMs: number;
  clock: Clock;
  signal?: AbortSignal | undefined;
  /** The kernel's own when absent. */
  kernel?: { isRunning: typeof isRunning; signalProcess: typeof signalProcess };
}

const POLL_MS = 50;
/** From SIGKILL until the kernel is known to hold a process that cannot end: it may have much memory to give back first. */
const KILLED_MS_MAX = 20_000;

/**
 * Asks processes to end, all at once, and ends those that do not; resolves once none runs.
 * @throws UserError for those that outlive even that.
 */
export async function stopProcesses(processes: readonly NamedProcess[], { patienceMs, clock, signal, kernel = { isRunning, signalProcess } }: StopOptions): Promise<void> {
  const left = (): readonly NamedProcess[] => processes.filter(({ identity }) => kernel.isRunning(identity));
  for (const { identity } of processes) kernel.signalProcess(identity, 'SIGTERM');
  if (await allGone(left, { limitMs: patienceMs, clock, signal })) return;
  for (const { identity } of left()) kernel.signalProcess(identity, 'SIGKILL');
  if (!await allGone(left, { limitMs: KILLED_MS_MAX, clock, signal })) throw new UserError(describeHeld(left()));
}

async function allGone(left: () => readonly NamedProcess[], { limitMs, clock, signal }: { limitMs: number; clock: Clock; signal: AbortSignal | undefined }): Promise<boolean> {
  const deadlineMs = clock.monotonicNow() + limitMs;
  while (left().length > 0) {
    if (clock.monotonicNow() > deadlineMs) return false;
    await clock.sleep(POLL_MS, { signal });
  }
  return true;
}

function describeHeld(held: readonly NamedProcess[]): string {
  const names = held.map(({ name, identity: { pid } }) => `process ${name} (pid ${pid})`).join(', ');
  return `${names}: not even SIGKILL ends it, so the kernel holds it, mostly for a disk or a mount that does not answer; '${held.map(({ identity: { pid } }) => `cat /proc/${pid}/stack`).join('; ')}' and 'dmesg' tell for what. Do this again when that is mended, or after a restart of this host`;
}
