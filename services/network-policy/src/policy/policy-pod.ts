import { objectKey, readIp, type IpFamily, type Labels } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';

export type Protocol = 'tcp' | 'udp' | 'sctp';

/** What policies see of a pod. */
export interface PolicyPod {
  key: string;
  namespace: string;
  labels: Labels;
  nodeName: string;
  addresses: Readonly<Record<IpFamily, readonly string[]>>;
  /** Numbers of named ports by `PROTOCOL/NAME`. */
  ports: ReadonlyMap<string, number>;
}

/**
 * A pod as policies see it; undefined for one that they do not: on the host's network its traffic is the node's, and one that has ended or
 * has no address yet has none.
 */
export function policyPod(pod: Readonly<coreV1.Pod>): PolicyPod | undefined {
  const { phase, podIP, podIPs = podIP === undefined ? [] : [{ ip: podIP }] } = pod.status ?? {};
  if (pod.spec?.hostNetwork === true || phase === 'Succeeded' || phase === 'Failed') return undefined;
  const addresses: Record<IpFamily, string[]> = { IPv4: [], IPv6: [] };
  for (const { ip } of podIPs) {
    const read = readIp(ip);
    if (read !== undefined) addresses[read.family].push(read.text);
  }
  if (addresses.IPv4.length + addresses.IPv6.length === 0) return undefined;
  const { namespace = '', labels = {} } = pod.metadata;
  return { key: objectKey(pod.metadata), namespace, labels, nodeName: pod.spec?.nodeName ?? '', addresses, ports: namedPorts(pod) };
}

/** Of containers and of sidecars; the first of a name counts. */
function namedPorts({ spec }: Readonly<coreV1.Pod>): ReadonlyMap<string, number> {
  const ports = new Map<string, number>();
  const running = [...(spec?.containers ?? []), ...(spec?.initContainers ?? []).filter((one) => one.restartPolicy === 'Always')];
  for (const { name, containerPort, protocol } of running.flatMap((container) => container.ports ?? [])) {
    const key = `${readProtocol(protocol)}/${name ?? ''}`;
    if (name !== undefined && !ports.has(key)) ports.set(key, containerPort);
  }
  return ports;
}

/** As iptables and ipset write it; TCP where none is given. */
export function readProtocol(protocol: string | undefined): Protocol {
  return protocol === 'UDP' ? 'udp' : protocol === 'SCTP' ? 'sctp' : 'tcp';
}
