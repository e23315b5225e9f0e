import type { MetricsDoor } from '../certificates/certificates-in-use.ts';
import type { ServingPort } from '../certificates/find-certificates.ts';
import type { ProcessSpec } from '../supervisor/process-spec.ts';
import type { ClusterConfig } from './cluster-config.ts';
import type { Layout } from './layout.ts';
import { nodePlaces } from './node-place.ts';
import { planPorts } from './port-plan.ts';

export interface DoorsInput { config: ClusterConfig; layout: Layout; nodeNames: readonly string[]; advertiseAddress: string }

const LOOPBACK = '127.0.0.1';
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

/** Every port of a cluster that speaks TLS, with the certificate that it is to show. */
export function servingPorts({ config, layout, nodeNames, advertiseAddress }: DoorsInput): readonly ServingPort[] {
  const ports = planPorts(config.securePort);
  const at = (process: string, port: number, file: string, host: string = LOOPBACK): ServingPort => ({ process, host, port, file: layout.pki(`${file}.crt`) });
  return [
    ...times(config.etcdMembers, (i) => [at(`etcd-${i}`, ports.etcd(i).client, 'etcd'), at(`etcd-${i}`, ports.etcd(i).peer, 'etcd')]).flat(),
    ...times(config.replicas, (i) => [at(`apiserver-${i}`, ports.apiserver(i).https, 'apiserver'), at(`apiserver-${i}`, ports.apiserver(i).grpc, 'apiserver')]).flat(),
    at('haproxy', ports.front, 'apiserver'), at('haproxy', ports.frontGrpc, 'apiserver'),
    ...nodePlaces(config, advertiseAddress).map(({ node, address }) => at(`node-${node}`, ports.kubelet(node), `kubelet-${nodeNames[node] ?? ''}`, address)),
  ];
}

/**
 * Where each process says which certificates it has in use. Companions of nodes that have a network namespace of their own are not reached; they are
 * in the process of their agent, which is.
 */
export function metricsDoors({ config, advertiseAddress }: Omit<DoorsInput, 'layout' | 'nodeNames'>, client: NonNullable<MetricsDoor['client']>): readonly MetricsDoor[] {
  const ports = planPorts(config.securePort);
  const plain = (process: string, port: number): MetricsDoor => ({ process, url: `http://${LOOPBACK}:${port}/metrics` });
  return [
    ...times(config.replicas, (i) => ({ process: `apiserver-${i}`, url: `https://${LOOPBACK}:${ports.apiserver(i).https}/metrics`, client })),
    ...times(config.schedulers, (i) => plain(`scheduler-${i}`, ports.scheduler(i))),
    ...times(config.controllerManagers, (i) => plain(`controller-manager-${i}`, ports.controllerManager(i))),
    ...nodePlaces(config, advertiseAddress).flatMap(({ node, address, namespace }) => [
      { process: `node-${node}`, url: `https://${address}:${ports.kubelet(node)}/metrics`, client },
      ...(namespace === undefined ? [plain(`node-${node}'s proxy`, ports.kubeProxy(node).metrics), plain(`node-${node}'s network policies`, ports.networkPolicy(node)), plain(`node-${node}'s DNS`, ports.dnsMetrics(node))] : []),
    ]),
    ...(config.simulatedNodes > 0 ? [plain('simulated-nodes', ports.simulatedNodes)] : []),
  ];
}

/** Which processes are told of a file. */
export function usersOf(specs: readonly ProcessSpec[]): (file: string) => readonly string[] {
  return (file) => specs.filter((spec) => spec.args.some((arg) => arg.endsWith(`=${file}`))).map((spec) => spec.name);
}
