import type { coreV1 } from '@kubernode/api';
import type { Plugin } from '../framework/plugin.ts';

interface HostPort { ip: string; protocol: string; port: number }

const ANY = '0.0.0.0';
const REFUSAL = { reasons: ["node(s) didn't have free ports for the requested pod ports"], resolvable: true };

/** Two pods of a node cannot have the same host port; an address of its own keeps them apart, "all addresses" does not. */
export const nodePorts: Plugin = {
  name: 'NodePorts',
  events: ['node-added', 'node-updated', 'pod-removed', 'waiting-pod-updated'],
  prepareFilter({ subject: { pod } }) {
    const wanted = hostPorts(pod);
    if (wanted.length === 0) return undefined;
    return ({ pods }) => {
      for (const { pod: other } of pods.values()) if (hostPorts(other).some((used) => wanted.some((port) => clash(port, used)))) return REFUSAL;
      return undefined;
    };
  },
};

function hostPorts({ spec }: Readonly<coreV1.Pod>): HostPort[] {
  const sidecars = spec?.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always') ?? [];
  return [...spec?.containers ?? [], ...sidecars].flatMap(({ ports = [] }) => ports.flatMap(({ hostPort, hostIP, protocol }) => (
    hostPort === undefined || hostPort <= 0 ? [] : [{ port: hostPort, protocol: protocol ?? 'TCP', ip: hostIP === undefined || hostIP === '' ? ANY : hostIP }])));
}

function clash(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === ANY || b.ip === ANY);
}
