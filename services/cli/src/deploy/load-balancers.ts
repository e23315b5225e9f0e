import type { Deployment } from './deployment.ts';
import { setReplicaScript } from './host-scripts.ts';

const BACKENDS = ['apiservers', 'apiservers-grpc'] as const;

/**
 * Tells every load balancer what to do with a replica: `drain` leaves connections that are there and gives it no new ones; `ready` ends when
 * each has found it up by its own check, so that the next replica may go.
 */
export async function setReplica({ hosts, bundle, signal }: Pick<Deployment, 'hosts' | 'bundle' | 'signal'>, replica: string, state: 'ready' | 'drain'): Promise<void> {
  for (const { machine, connection } of hosts) {
    if (machine.roles.includes('loadBalancer')) await connection.must(`HAProxy: ${state} ${replica}`, setReplicaScript(bundle.version, { replica, state, backends: BACKENDS }), { signal });
  }
}
