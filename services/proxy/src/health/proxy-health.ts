import type { IpFamily } from '@kubernode/apimachinery';
import type { Clock } from '@kubernode/base';

/** A change that waits longer than this for its rules is a fault: kube-proxy's twice its sync period, ms. */
const LATE_MS = 60_000;
const TO_BE_DELETED = 'ToBeDeletedByClusterAutoscaler';

/** The proxy's own node, as far as its health depends on it. */
export interface NodeFacts { metadata: { deletionTimestamp?: string | undefined }; spec?: { taints?: readonly { key: string }[] } }

/** What /healthz and /livez answer, at kube-proxy's keys. */
export interface ProxyHealthReport { lastUpdated: string; currentTime: string; nodeEligible?: boolean; healthy: boolean; status?: Partial<Record<IpFamily, { lastUpdated: string; healthy: boolean }>> }

/** Whether rules follow changes. */
export class ProxyHealth {
  readonly #clock: Clock;
  /** Wall-clock times by family: what was last brought up to date, and the oldest change that waits. */
  readonly #updated = new Map<IpFamily, number>();
  readonly #queued = new Map<IpFamily, number>();

  constructor(clock: Clock) { this.#clock = clock; }

  queue(family: IpFamily): void { if (!this.#queued.has(family)) this.#queued.set(family, this.#clock.now()); }

  update(family: IpFamily): void {
    this.#queued.delete(family);
    this.#updated.set(family, this.#clock.now());
  }

  get healthy(): boolean { return [...this.#updated.keys()].every((family) => this.#isHealthy(family)); }

  /** Of rules alone: for whether the process should be started anew. */
  livez(): ProxyHealthReport {
    const now = this.#clock.now();
    const status = Object.fromEntries([...this.#updated].map(([family, at]) => [family, { lastUpdated: iso(at), healthy: this.#isHealthy(family) }]));
    return { lastUpdated: iso(this.healthy ? now : Math.max(0, ...this.#updated.values())), currentTime: iso(now), healthy: this.healthy, ...(this.#updated.size > 0 && { status }) };
  }

  /** Also of the node: for whether load balancers should send traffic here. */
  healthz(node: NodeFacts | undefined): ProxyHealthReport {
    const { lastUpdated, currentTime, healthy, status } = this.livez();
    const nodeEligible = node !== undefined && node.metadata.deletionTimestamp === undefined && node.spec?.taints?.some(({ key }) => key === TO_BE_DELETED) !== true;
    return { lastUpdated, currentTime, nodeEligible, healthy, ...(status && { status }) };
  }

  #isHealthy(family: IpFamily): boolean {
    const queued = this.#queued.get(family);
    return queued === undefined || this.#clock.now() - queued < LATE_MS;
  }
}

const iso = (ms: number): string => new Date(ms).toISOString();
