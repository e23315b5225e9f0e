import { readText } from './cgroup-files.ts';

export interface InterfaceUsage { name: string; rxBytes: number; rxPackets: number; rxErrors: number; rxDropped: number; txBytes: number; txPackets: number; txErrors: number; txDropped: number }

/** Ends of pods' links and bridges: counted once, with the pods. */
const NOT_OF_INTEREST = /^(lo|veth|docker|nerdctl)/;

/** The interfaces of the network that a process sees; undefined once it has ended. `self` is the node's own. */
export function readNetworkUsage(pid: number | 'self'): InterfaceUsage[] | undefined {
  const text = readText(`/proc/${pid}/net/dev`);
  return text === undefined ? undefined : parseNetworkUsage(text);
}

/** Reads /proc/PID/net/dev. Pure. */
export function parseNetworkUsage(text: string): InterfaceUsage[] {
  return text.split('\n').flatMap((line) => {
    const [, name = '', counts = ''] = /^ *([^:]+):(.*)$/.exec(line) ?? [];
    const [rxBytes = 0, rxPackets = 0, rxErrors = 0, rxDropped = 0, , , , , txBytes = 0, txPackets = 0, txErrors = 0, txDropped = 0] = counts.trim().split(/ +/).map(Number);
    return name === '' || NOT_OF_INTEREST.test(name) ? [] : [{ name, rxBytes, rxPackets, rxErrors, rxDropped, txBytes, txPackets, txErrors, txDropped }];
  });
}
