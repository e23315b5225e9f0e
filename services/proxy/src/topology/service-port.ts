/** One port of a service with where its traffic may go: everything the rules are made from. */
export interface ServicePort {
  /** `namespace/service:port`, without the colon where the port has no name. */
  name: string;
  protocol: 'tcp' | 'udp' | 'sctp';
  clusterIp: string;
  port: number;
  /** 0 for none. */
  nodePort: number;
  externalIps: readonly string[];
  loadBalancerIps: readonly string[];
  /** Seconds that a client stays with its endpoint; 0 for no affinity. */
  affinitySeconds: number;
  /** Whether traffic to the cluster IP, and from outside, stays on this node. */
  internalLocal: boolean;
  externalLocal: boolean;
  /** Addresses of endpoints, `ip:port`, sorted: all of the cluster, and those on this node. */
  endpoints: readonly string[];
  localEndpoints: readonly string[];
}
