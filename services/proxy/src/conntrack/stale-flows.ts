import { formatIp, parseIp } from '@kubernode/apimachinery';
import type { RoutedPort } from '../topology/route-port.ts';

/** One UDP flow that the kernel tracks: where it was sent, and who answers. */
export interface Flow { destination: string; port: number; replySource: string; replyPort: number }

/** The flows in what `conntrack -L -p udp` prints, each kind once. Pure. */
export function readFlows(listing: string): readonly Flow[] {
  const flows = new Map<string, Flow>();
  for (const line of listing.split('\n')) {
    const values = (name: string): string[] => [...line.matchAll(new RegExp(`\\b${name}=(\\S+)`, 'g'))].map(([, value = '']) => value);
    const [destination] = values('dst');
    const [, replySource] = values('src');
    const [[port], [, replyPort]] = [values('dport'), values('sport')];
    if (destination === undefined || replySource === undefined || port === undefined || replyPort === undefined) continue;
    const flow = { destination: canonical(destination), port: Number(port), replySource: canonical(replySource), replyPort: Number(replyPort) };
    flows.set(JSON.stringify(flow), flow);
  }
  return [...flows.values()];
}

/**
 * Flows that lead to an address of a service but are answered by none of its serving endpoints: UDP has no connections, so they would go on as
 * long as the client sends. A service without endpoints keeps its flows, as nothing better is there. Pure.
 */
export function staleFlows(flows: readonly Flow[], ports: Iterable<RoutedPort>): readonly Flow[] {
  const byAddress = new Map<string, ReadonlySet<string>>();
  const byNodePort = new Map<number, ReadonlySet<string>>();
  for (const { protocol, servingAddresses, clusterIp, externalIps, loadBalancerIps, port, nodePort } of ports) {
    if (protocol !== 'udp' || servingAddresses.length === 0) continue;
    const serving = new Set(servingAddresses);
    for (const ip of [clusterIp, ...externalIps, ...loadBalancerIps]) byAddress.set(`${ip} ${port}`, serving);
    if (nodePort > 0) byNodePort.set(nodePort, serving);
  }
  return flows.filter(({ destination, port, replySource, replyPort }) => {
    const serving = byAddress.get(`${destination} ${port}`) ?? byNodePort.get(port);
    return serving !== undefined && !serving.has(replySource.includes(':') ? `[${replySource}]:${replyPort}` : `${replySource}:${replyPort}`);
  });
}

function canonical(address: string): string {
  const ip = parseIp(address);
  return ip === undefined ? address : formatIp(ip);
}
