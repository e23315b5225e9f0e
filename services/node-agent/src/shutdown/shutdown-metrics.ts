import { Gauge, type Registry } from 'prom-client';

export interface ShutdownMetrics { started(seconds: number): void; ended(seconds: number): void }

/** The kubelet's names; seconds since 1970. */
export function createShutdownMetrics(registry: Registry): ShutdownMetrics {
  const registers = [registry];
  const start = new Gauge({ name: 'kubelet_graceful_shutdown_start_time_seconds', help: 'When the last graceful shutdown of the node began.', registers });
  const end = new Gauge({ name: 'kubelet_graceful_shutdown_end_time_seconds', help: 'When the last graceful shutdown of the node ended.', registers });
  return { started: (seconds) => { start.set(seconds); }, ended: (seconds) => { end.set(seconds); } };
}
