import { cpus, freemem, totalmem } from 'node:os';

/** What the whole host has used: of processor time since it started, of memory now. */
export interface HostUsage { cpuNanoseconds: number; memoryBytes: number }

const NANOSECONDS_PER_MS = 1e6;

/** Memory that could be had at once, such as the page cache, does not count as used. */
export function hostUsage(): HostUsage {
  const busyMs = cpus().reduce((total, { times: { user, nice, sys, irq } }) => total + user + nice + sys + irq, 0);
  return { cpuNanoseconds: busyMs * NANOSECONDS_PER_MS, memoryBytes: totalmem() - freemem() };
}
