import { readFileSync } from 'node:fs';

/** Resident memory of a process in bytes; 0 when it does not run. */
export function residentBytes(pid: number): number {
  try {
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kibibytes ?? 0) * 1024;
  } catch { return 0; } // it has ended
}
