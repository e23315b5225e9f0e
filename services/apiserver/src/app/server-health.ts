import type { Encryption } from '../encryption/encryption.ts';
import type { ServerLifecycle } from '../lifecycle/server-lifecycle.ts';
import type { BootstrapProgress } from './bootstrap-progress.ts';
import type { HealthCheck, HealthChecks } from './health.ts';

export interface HealthSubjects {
  etcd: { live: HealthCheck['check']; ready: HealthCheck['check']; connected: HealthCheck['check'] };
  bootstrap: Pick<BootstrapProgress, 'checks'>;
  customResources: { readonly ready: boolean };
  /** Resources whose caches are not filled yet. */
  loading(): readonly string[];
  lifecycle: Pick<ServerLifecycle, 'phase'>;
  encryption: Encryption | undefined;
}

/** What /healthz, /livez and /readyz look at, by Kubernetes' names of the checks and in its order. */
export function serverHealth({ etcd, bootstrap, customResources, loading, lifecycle, encryption }: HealthSubjects): HealthChecks {
  const always: HealthCheck[] = [...['ping', 'log'].map((name) => ({ name, check: () => undefined })), { name: 'etcd', check: etcd.live }];
  const hooks: HealthCheck[] = [...bootstrap.checks(), { name: 'poststarthook/crd-informer-synced', check: () => (customResources.ready ? undefined : 'not finished') }];
  const informers: HealthCheck = { name: 'informer-sync', check: () => (loading().length === 0 ? undefined : `loading ${loading().join(', ')}`) };
  const shutdown: HealthCheck = { name: 'shutdown', check: () => (lifecycle.phase === 'serving' ? undefined : 'process is shutting down') };
  const plugins: HealthCheck[] = encryption?.hasHealthCheck === true ? [{ name: 'kms-providers', check: () => encryption.check() }] : []; // not in /livez: a restart would not help
  return { healthz: [...always, ...plugins, ...hooks], livez: [...always, ...hooks], readyz: [...always, { name: 'etcd-readiness', check: etcd.ready }, ...plugins, informers, ...hooks, shutdown], included: [{ name: 'etcd-connection', check: etcd.connected }] };
}
