import { Counter, Gauge, Registry } from 'prom-client';

/** The results of health checks, for /metrics/slis: under kube-apiserver's names, in a registry of their own. */
export class HealthMetrics {
  readonly registry: Registry = new Registry();
  readonly #last: Gauge;
  readonly #total: Counter;

  constructor() {
    const registers = [this.registry];
    this.#last = new Gauge({ name: 'kubernetes_healthcheck', help: 'The result of a health check when it was last asked for: 1 is well.', registers, labelNames: ['name', 'type'] });
    this.#total = new Counter({ name: 'kubernetes_healthchecks_total', help: 'Results of health checks.', registers, labelNames: ['name', 'type', 'status'] });
  }

  checked(type: string, name: string, isWell: boolean): void {
    this.#last.set({ name, type }, isWell ? 1 : 0);
    this.#total.inc({ name, type, status: isWell ? 'success' : 'error' });
  }
}
