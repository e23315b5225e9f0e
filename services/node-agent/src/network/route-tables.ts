import { readFile } from 'node:fs/promises';

/** Links of pods, which come and go with them: no route of ours leads there. */
const POD_LINK = /^veth/;

/**
 * The host's routes as text that differs whenever one of ours may have gone: read from /proc, since that costs a hundredth of asking a program.
 */
export async function routeTables(): Promise<string> {
  const [ipv4, ipv6] = await Promise.all(['/proc/self/net/route', '/proc/self/net/ipv6_route'].map((file) => readFile(file, 'utf8').catch(() => ''))); // a kernel without IPv6 has but one
  return stableRoutes(ipv4 ?? '', ipv6 ?? '');
}

/** Leaves out how often a route was used, and the routes of pods' links. Pure. */
export function stableRoutes(ipv4: string, ipv6: string): string {
  const kept = [
    ...rows(ipv4).filter(([device = '']) => !POD_LINK.test(device)).map(([device, destination, gateway, flags, _references, _uses, metric, mask]) => [device, destination, gateway, flags, metric, mask]),
    ...rows(ipv6).filter((row) => !POD_LINK.test(row[9] ?? '')).map(([destination, bits, source, sourceBits, gateway, metric, _references, _uses, flags, device]) => [destination, bits, source, sourceBits, gateway, metric, flags, device]),
  ];
  return kept.map((row) => row.join(' ')).join('\n');
}

function rows(text: string): string[][] { return text.split('\n').map((line) => line.trim().split(/\s+/)).filter((row) => row.length > 1); }
