import { quoteForShell } from './host-connection.ts';
import type { UnitReady } from './host-document.ts';
import { installDir } from './host-manifest.ts';

/** Within it HAProxy has seen that a replica serves. */
const REPLICA_UP_LIMIT_S = 30;

const onHost = (version: string, ...args: readonly string[]): string => `${installDir}/${version}/bin/kubernode host ${args.map(quoteForShell).join(' ')}`;

/** Ends with 0 when a process of the host answers as ready, with 1 after a time. */
export function untilReadyScript(version: string, { scheme, port, path }: UnitReady, limitMs: number): string {
  return onHost(version, 'until-ready', `${scheme}://127.0.0.1:${port}${path}`, `--limit=${Math.ceil(limitMs / 1000)}s`);
}

/** Tells the running HAProxy of a host what to do with a replica; after `ready` it ends once HAProxy itself finds the replica up. */
export function setReplicaScript(version: string, { replica, state, backends }: { replica: string; state: 'ready' | 'drain'; backends: readonly string[] }): string {
  return onHost(version, 'set-replica', replica, state, ...backends, `--limit=${REPLICA_UP_LIMIT_S}s`);
}
