import type { ServicePort } from '../topology/service-port.ts';

/** Kernel-tracked UDP flows to forget: of a destination, or of one endpoint behind it. */
export interface StaleFlow { destination: string; port: number; endpoint?: string }

/**
 * UDP has no connections, so flows to an endpoint that is gone would go on as long as the client sends, and flows that began when a service had
 * no endpoint would never find one. Pure.
 */
export function staleFlows(before: readonly ServicePort[], after: readonly ServicePort[]): readonly StaleFlow[] {
  const now = new Map(after.filter((port) => port.protocol === 'udp').map((port) => [port.name, port]));
  const old = new Map(before.filter((port) => port.protocol === 'udp').map((port) => [port.name, port]));
  const gone = [...old.values()].flatMap((port) => {
    const kept = new Set(now.get(port.name)?.endpoints ?? []);
    return port.endpoints.filter((endpoint) => !kept.has(endpoint)).map((endpoint) => ({ destination: port.clusterIp, port: port.port, endpoint: endpoint.slice(0, endpoint.lastIndexOf(':')) }));
  });
  const woken = [...now.values()].filter((port) => port.endpoints.length > 0 && old.get(port.name)?.endpoints.length === 0).map((port) => ({ destination: port.clusterIp, port: port.port }));
  return [...gone, ...woken];
}
