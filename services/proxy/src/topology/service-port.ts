export type Protocol = 'tcp' | 'udp' | 'sctp';

/** One port of a service under one address family: all that its rules take from the service. */
export interface ServicePort {
  namespace: string;
  service: string;
  portName: string;
  /** `namespace/service:port`, without the colon where the port has no name. */
  name: string;
  protocol: Protocol;
  clusterIp: string;
  port: number;
  /** 0 for none. */
  nodePort: number;
  /** Where a load balancer asks whether this node has endpoints; 0 for nowhere. */
  healthCheckNodePort: number;
  externalIps: readonly string[];
  /** Addresses of load balancers that hand packets on as they came; those of proxies need no rules. */
  loadBalancerIps: readonly string[];
  /** Who may use the load balancer; empty for everybody. */
  sourceRanges: readonly string[];
  /** Seconds that a client stays with its endpoint; 0 for no affinity. */
  affinitySeconds: number;
  /** Whether traffic to the cluster IP, and from outside, stays on this node. */
  internalLocal: boolean;
  externalLocal: boolean;
}

/** Whether anything but the cluster IP leads to the port. */
export function isExternallyAccessible(port: ServicePort): boolean {
  return port.nodePort > 0 || port.externalIps.length > 0 || port.loadBalancerIps.length > 0;
}

/** Also with external policy Local: traffic of this node's own pods goes everywhere. */
export function usesClusterEndpoints(port: ServicePort): boolean {
  return !port.internalLocal || isExternallyAccessible(port);
}

export function usesLocalEndpoints(port: ServicePort): boolean {
  return port.internalLocal || (port.externalLocal && isExternallyAccessible(port));
}
