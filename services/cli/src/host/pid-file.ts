import { existsSync, readFileSync, rmSync } from 'node:fs';
import { replaceFileSync } from '@kubernode/component-base';

/** A process by number and start, so that a number that the kernel gave to another process is never taken for ours. */
export interface ProcessIdentity {
  pid: number;
  /** Field 22 of /proc/PID/stat, in clock ticks since boot. */
  startTicks: string;
}

/** The identity of a running process; undefined when it does not run (or is a zombie). */
export function identify(pid: number): ProcessIdentity | undefined {
  const file = `/proc/${pid}/stat`;
  try {
    const fields = readFileSync(file, 'utf8').replace(/^.*\) /s, '').split(' '); // the name before may hold blanks
    const [state, startTicks] = [fields[0], fields[19]];
    return state === 'Z' || startTicks === undefined ? undefined : { pid, startTicks };
  } catch {
    return undefined; // no such process, which is the answer
  }
}

/** The process of a pid file if it still runs. */
export function readPidFile(file: string): ProcessIdentity | undefined {
  if (!existsSync(file)) return undefined;
  const [pid = '', startTicks = ''] = readFileSync(file, 'utf8').trim().split(' ');
  const running = identify(Number(pid));
  return running?.startTicks === startTicks ? running : undefined;
}

export function writePidFile(file: string, pid: number): void {
  const identity = identify(pid);
  if (identity) replaceFileSync(file, `${identity.pid} ${identity.startTicks}\n`, { mode: 0o644 });
}

export function removePidFile(file: string): void { rmSync(file, { force: true }); }

export function isRunning({ pid, startTicks }: ProcessIdentity): boolean {
  return identify(pid)?.startTicks === startTicks;
}

/** Sends a signal if the process still is the one meant. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isRunning(identity)) return;
  try { process.kill(identity.pid, signal); } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // ended between the two calls
  }
}
