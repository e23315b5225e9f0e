import { hostname } from 'node:os';
import type { coreV1 } from '@kubernode/api';
import { formatMicroTime, newUid, type KubeObject } from '@kubernode/apimachinery';
import { errorMessage, type Clock, type Rng } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import { createEtcdAdmin, type EtcdClient } from '@kubernode/rpc';
import { createMaintenanceMetrics, runMaintenance, type FullNotice } from '@kubernode/storage';
import type { Registry } from 'prom-client';
import type { ObjectWriter } from '../endpoints/endpoint.ts';
import type { ApiServerConfig } from './options.ts';

export interface EtcdMaintenanceParts { config: Pick<ApiServerConfig, 'etcd'>; etcd: EtcdClient; writer: ObjectWriter; registry: Registry; clock: Clock; rng: Rng; logger: Logger }

const EVENTS = { group: '', resource: 'events' };
const NAMESPACE = 'default';

/** Looks after the space of the main etcd until aborted. A member that gets full is told of by an event, as long as one can be written. */
export async function runEtcdMaintenance({ config, etcd, writer, registry, clock, rng, logger }: EtcdMaintenanceParts, signal: AbortSignal): Promise<void> {
  const { servers, caFile, certFile, keyFile, maintenanceIntervalMs: intervalMs, quotaBytes } = config.etcd;
  if (intervalMs === 0) return;
  const tls = caFile === undefined && certFile === undefined ? undefined : { caFile, certFile, keyFile };
  const admin = createEtcdAdmin({ endpoints: servers, tls, clock });
  const tell = (notice: FullNotice): void => {
    void writer.create(EVENTS, fullEvent(notice, clock.now(), newUid(rng))).catch((error: unknown) => { logger.debug('no event of the full etcd', { err: errorMessage(error) }); });
  };
  try {
    await runMaintenance({ etcd, admin, clock, logger, metrics: createMaintenanceMetrics(registry), identity: `${hostname()}_${newUid(rng)}`, quotaBytes, intervalMs, onFull: tell }, signal);
  } finally { admin.close(); }
}

function fullEvent({ member, message, isWritable }: FullNotice, nowMs: number, id: string): coreV1.Event & KubeObject {
  return {
    apiVersion: 'v1', kind: 'Event', metadata: { name: `etcd-${member}.${id}`, namespace: NAMESPACE }, involvedObject: { kind: 'Etcd', name: member, namespace: NAMESPACE }, type: 'Warning',
    reason: isWritable ? 'EtcdNearlyFull' : 'EtcdFull', message, action: 'Observed', reportingComponent: 'kubernode-apiserver', reportingInstance: hostname(), eventTime: formatMicroTime(nowMs), source: { component: 'kubernode-apiserver' },
  };
}
