import { readFileSync } from 'node:fs';

/** CAP_SYS_RESOURCE in the kernel's numbering. */
const CAP_SYS_RESOURCE = 24n;

/** True where processes of this host can never have CAP_SYS_RESOURCE, as in many containers and small virtual machines. */
export function hostLacksSysResource(): boolean {
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 'ffffffffffffffff';
  return ((BigInt(`0x${bounding}`) >> CAP_SYS_RESOURCE) & 1n) === 0n;
}
