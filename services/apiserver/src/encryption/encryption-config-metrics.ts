import { createHash } from 'node:crypto';
import type { Clock } from '@kubernode/base';
import { Counter, Gauge, type Registry } from 'prom-client';

/** What is counted of the configuration's file, under Kubernetes' names. */
export interface EncryptionConfigMetrics {
  /** This version is in use now. */
  applied(hash: string): void;
  reloaded(status: 'success' | 'failure'): void;
}

export function createEncryptionConfigMetrics({ registry, clock, serverId }: { registry: Registry; clock: Clock; serverId: string }): EncryptionConfigMetrics {
  const registers = [registry];
  const server = { apiserver_id_hash: `sha256:${createHash('sha256').update(serverId).digest('hex')}` };
  const reloads = new Counter({ registers, name: 'apiserver_encryption_config_controller_automatic_reloads_total', help: 'Total number of reload successes and failures of encryption configuration split by apiserver identity.', labelNames: ['status', 'apiserver_id_hash'] });
  const lastReload = new Gauge({ registers, name: 'apiserver_encryption_config_controller_automatic_reload_last_timestamp_seconds', help: 'Timestamp of the last successful or failed automatic reload of encryption configuration split by apiserver identity.', labelNames: ['status', 'apiserver_id_hash'] });
  const info = new Gauge({ registers, name: 'apiserver_encryption_config_controller_last_config_info', help: 'Information about the last applied encryption configuration with hash as label, split by apiserver identity.', labelNames: ['apiserver_id_hash', 'hash'] });
  return {
    applied(hash) {
      info.reset();
      info.set({ ...server, hash }, 1);
    },
    reloaded(status) {
      reloads.inc({ status, ...server });
      lastReload.set({ status, ...server }, clock.now() / 1000);
    },
  };
}
