import { StatusError } from '@kubernode/apimachinery';
import { Counter, Histogram, type Registry } from 'prom-client';

export interface RootCaMetrics { onSync(seconds: number, error: unknown): void }

/** Kubernetes' metrics of the root certificates in namespaces. For one registry as often as one likes: a new term of the leader goes on counting. */
export function rootCaMetrics(registry: Registry): RootCaMetrics {
  const [TOTAL, DURATION] = ['root_ca_cert_publisher_sync_total', 'root_ca_cert_publisher_sync_duration_seconds'];
  const registers = [registry];
  const total = (registry.getSingleMetric(TOTAL) as Counter | undefined) ?? new Counter({ name: TOTAL, help: 'Number of namespace syncs happened in root ca cert publisher.', labelNames: ['code'], registers }); // made here alone
  const duration = (registry.getSingleMetric(DURATION) as Histogram | undefined) // made here alone
    ?? new Histogram({ name: DURATION, help: 'Number of namespace syncs happened in root ca cert publisher.', labelNames: ['code'], buckets: Array.from({ length: 15 }, (_none, i) => 0.001 * 2 ** i), registers });
  return {
    onSync(seconds, error) {
      const code = error === undefined ? '200' : error instanceof StatusError ? String(error.code) : '500';
      total.inc({ code });
      duration.observe({ code }, seconds);
    },
  };
}
