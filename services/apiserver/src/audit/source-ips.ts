import { isIP } from 'node:net';

/**
 * Where a request came from, as far as it says: proxies' X-Forwarded-For, then X-Real-Ip, then the connection's own address, which alone
 * cannot be made up. What is no address is left out.
 */
export function sourceIPs({ forwardedFor, realIp, remoteAddress }: { forwardedFor: string | undefined; realIp: string | undefined; remoteAddress: string }): string[] {
  const sources = (forwardedFor ?? '').split(',').map((part) => canonicalIp(part.trim())).filter((ip) => ip !== undefined);
  const real = canonicalIp(realIp ?? '');
  if (real !== undefined && !sources.includes(real)) sources.push(real);
  const remote = canonicalIp(remoteAddress);
  if (remote !== undefined && sources.at(-1) !== remote) sources.push(remote);
  return sources;
}

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** An address in one form; IPv4 without leading zeros and not mapped into IPv6, as Go shows it. */
function canonicalIp(text: string): string | undefined {
  const bare = (MAPPED_IPV4.exec(text)?.[1] ?? text).replace(/^\d+(\.\d+){3}$/, (ip) => ip.split('.').map(Number).join('.'));
  switch (isIP(bare)) {
    case 4: return bare;
    case 6: return bare.includes('%') ? undefined : new URL(`http://[${bare}]`).hostname.slice(1, -1);
    default: return undefined;
  }
}
