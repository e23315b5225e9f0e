import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { errorMessage } from '@kubernode/base';
import { UserError } from '@kubernode/component-base';
import type { ConntrackSettings } from '../app/proxy-options.ts';

const MAX = 1_048_576;

/** The kernel's settings that the options ask for, by their names below /proc/sys. Pure. */
export function conntrackSysctls({ maxPerCore, min, tcpEstablishedMs, tcpCloseWaitMs, tcpBeLiberal, udpMs, udpStreamMs }: ConntrackSettings, cores: number): Readonly<Record<string, number>> {
  const wanted: Record<string, number> = {
    nf_conntrack_max: maxPerCore > 0 ? Math.min(MAX, Math.max(min, maxPerCore * cores)) : 0,
    nf_conntrack_tcp_timeout_established: seconds(tcpEstablishedMs), nf_conntrack_tcp_timeout_close_wait: seconds(tcpCloseWaitMs), nf_conntrack_tcp_be_liberal: tcpBeLiberal ? 1 : 0,
    nf_conntrack_udp_timeout: seconds(udpMs), nf_conntrack_udp_timeout_stream: seconds(udpStreamMs),
  };
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value > 0).map(([name, value]) => [`net/netfilter/${name}`, value]));
}

const seconds = (ms: number): number => Math.floor(ms / 1000);

export function setConntrackSysctls(settings: ConntrackSettings): void {
  for (const [name, value] of Object.entries(conntrackSysctls(settings, availableParallelism()))) setSysctl(name, value);
}

/** A setting of the kernel as a number; undefined where the kernel has none of the name. */
export function readSysctl(name: string): number | undefined {
  try { return Number(readFileSync(`/proc/sys/${name}`, 'utf8')); } catch { return undefined; } // not there
}

export function setSysctl(name: string, value: number): void {
  if (readSysctl(name) === value) return;
  try { writeFileSync(`/proc/sys/${name}`, String(value)); } catch (error) { throw new UserError(`can't set sysctl ${name} to ${value}: ${errorMessage(error)}`); }
}
