import type { Clock } from '@kubernode/base';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface CertificateMetrics {
  /** When the present certificate ends, ms since 1970. */
  expires(atMs: number): void;
  /** A certificate was replaced after so many seconds, or there was none before. */
  rotated(ageSeconds: number | undefined): void;
  failed(): void;
}

const AGES_SECONDS = [60, 3600, 14_400, 86_400, 604_800, 2_592_000, 7_776_000, 15_552_000, 31_104_000, 124_416_000];

/** The kubelet's names. Without a certificate the time to live is infinite. */
export function createCertificateMetrics(registry: Registry, kind: 'client' | 'server', clock: Clock): CertificateMetrics {
  const registers = [registry];
  let expiresMs = Infinity;
  new Gauge({
    name: `kubelet_certificate_manager_${kind}_ttl_seconds`, help: `Seconds until the ${kind} certificate expires; negative when it has.`, registers,
    collect() { this.set(expiresMs === Infinity ? Infinity : Math.trunc((expiresMs - clock.now()) / 1000)); },
  });
  const failures = new Counter({ name: kind === 'client' ? 'kubelet_certificate_manager_client_expiration_renew_errors' : 'kubelet_server_expiration_renew_errors', help: 'Certificates that could not be renewed.', registers });
  const ages = kind === 'client' ? undefined : new Histogram({ name: 'kubelet_certificate_manager_server_rotation_seconds', help: 'How long certificates lived before they were replaced.', buckets: AGES_SECONDS, registers });
  return {
    expires: (atMs) => { expiresMs = atMs; },
    rotated: (ageSeconds) => { if (ageSeconds !== undefined) ages?.observe(ageSeconds); },
    failed: () => { failures.inc(); },
  };
}
