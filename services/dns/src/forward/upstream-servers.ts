import { readIp } from '@kubernode/apimachinery';
import type { ServerAddress } from './ask-server.ts';

const DNS_PORT = 53;

/** The name servers of a resolv.conf, without those that would lead back to this server. Pure. */
export function upstreamServers(resolvConf: string, own: { addresses: readonly string[]; port: number }): readonly ServerAddress[] {
  const found = resolvConf.split('\n').flatMap((line) => {
    const address = readIp(/^\s*nameserver\s+([^\s%]+)/.exec(line)?.[1] ?? '')?.text;
    return address === undefined || (own.port === DNS_PORT && own.addresses.includes(address)) ? [] : [{ address, port: DNS_PORT }];
  });
  return [...new Map(found.map((one) => [one.address, one])).values()];
}
