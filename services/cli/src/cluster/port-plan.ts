/** Where every process of a cluster listens. A pure function of the cluster's own port, so that two clusters never meet by chance. */
export interface PortPlan {
  /** HAProxy: HTTPS and gRPC in front of all replicas. */
  front: number;
  frontGrpc: number;
  haproxyMetrics: number;
  apiserver(replica: number): { https: number; grpc: number };
  etcd(member: number): { client: number; peer: number; metrics: number };
  scheduler(replica: number): number;
  controllerManager(replica: number): number;
  kubelet(node: number): number;
  kubeletHealth(node: number): number;
  kubeProxy(node: number): { health: number; metrics: number };
  networkPolicy(node: number): number;
  dns(node: number): number;
  dnsMetrics(node: number): number;
  simulatedNodes: number;
  /** Metrics of the scheduled backups. */
  backup: number;
}

/** The port at which everything else has its usual Kubernetes port. */
export const defaultSecurePort = 6443;
/** Offsets wrap here, so that a cluster on port 443 keeps all others in range. */
const OFFSET_MODULUS = 40_000;

/** `securePort` is the user's choice for the front; all others keep their distance to it from the usual ports. */
export function planPorts(securePort: number): PortPlan {
  const offset = (((securePort - defaultSecurePort) % OFFSET_MODULUS) + OFFSET_MODULUS) % OFFSET_MODULUS;
  return {
    front: securePort,
    frontGrpc: 16_443 + offset,
    haproxyMetrics: 16_444 + offset,
    apiserver: (replica) => ({ https: 16_450 + offset + replica, grpc: 16_470 + offset + replica }),
    etcd: (member) => ({ client: 2379 + offset + member * 10, peer: 2380 + offset + member * 10, metrics: 2381 + offset + member * 10 }),
    scheduler: (replica) => 10_259 + offset + replica * 20,
    controllerManager: (replica) => 10_257 + offset + replica * 20,
    kubelet: (node) => 10_250 + offset + node * 100,
    kubeletHealth: (node) => 10_248 + offset + node * 100,
    kubeProxy: (node) => ({ health: 10_256 + offset + node * 100, metrics: 10_249 + offset + node * 100 }),
    networkPolicy: (node) => 10_246 + offset + node * 100,
    dns: (node) => 10_053 + offset + node,
    dnsMetrics: (node) => 9153 + offset + node,
    simulatedNodes: 10_251 + offset,
    backup: 10_245 + offset,
  };
}
