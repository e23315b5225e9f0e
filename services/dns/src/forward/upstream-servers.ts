/** The name servers of a resolv.conf, without those that would lead back to this server. Pure. */
export function upstreamServers(resolvConf: string, own: readonly string[]): readonly string[] {
  return resolvConf.split('\n')
    .map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1]?.replace(/%.*$/, ''))
    .filter((server) => server !== undefined && !own.includes(server)) as string[]; // the undefined ones are gone
}
