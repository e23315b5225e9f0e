import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface ListeningSocket { address: string; port: number }

/** The state of a TCP socket that listens, in /proc/net/tcp. */
const LISTENS = '0A';

/** Where a process takes TCP connections, by what the kernel says. */
export function listeningSockets(pid: number): readonly ListeningSocket[] {
  const inodes = new Set(readdirSync(`/proc/${pid}/fd`).flatMap((fd) => /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1] ?? []));
  return ['tcp', 'tcp6'].flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, 'utf8').trim().split('\n').slice(1).flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    const [address = '', port = ''] = local.split(':');
    return state === LISTENS && inodes.has(inode) ? [{ address: table === 'tcp' ? dotted(address) : address, port: Number.parseInt(port, 16) }] : [];
  }));
}

/** A descriptor may be closed meanwhile. */
function linkOf(file: string): string {
  try { return readlinkSync(file); } catch { return ''; }
}

/** `0100007F` → `127.0.0.1`: the kernel writes the bytes of an address as a number of the machine, little-endian. */
function dotted(hex: string): string { return [...Buffer.from(hex, 'hex')].toReversed().join('.'); }
