import { formatTime, matchesLabels, parseLabelSelector } from '@kubernode/apimachinery';
import type { RawRequest, RawResponse } from '@kubernode/client';
import type { History, Stored } from '../history/history.ts';
import { TARGET_MILLI } from '../users/autoscalers.ts';

const POD_METRICS = /^\/apis\/metrics\.k8s\.io\/v1beta1\/namespaces\/([^/?]+)\/pods\?labelSelector=([^&]+)$/;
/** What an app has to do rises from nothing to this, in thousandths of a CPU, and falls again within a period: more than autoscalers may make pods for. */
const LOAD_MAX_MILLI = 40;
const PERIOD_MS = 600_000;

/** What servers would ask kubelets about pods' usage, answered from what is stored: the pods of an app share its load, which is a matter of its name and the time. */
export class PlayedMetrics {
  readonly #history: History;
  readonly #now: () => number;
  #isCalm = false;

  constructor(history: History, now: () => number) {
    this.#history = history;
    this.#now = now;
  }

  /** From now on each pod uses what autoscalers want it to use: nothing comes to rest where load goes up and down. */
  calm(): void { this.#isCalm = true; }
  /** Load goes up and down again. */
  stir(): void { this.#isCalm = false; }

  /** Undefined for what is no question about pods' metrics. */
  answer({ method, path }: RawRequest): RawResponse | undefined {
    const [, namespace, selector] = method === 'GET' ? POD_METRICS.exec(path) ?? [] : [];
    if (namespace === undefined || selector === undefined) return undefined;
    const list = { kind: 'PodMetricsList', apiVersion: 'metrics.k8s.io/v1beta1', metadata: {}, items: this.#metricsOf(namespace, decodeURIComponent(selector)) };
    return { status: 200, contentType: 'application/json', warnings: [], body: Buffer.from(JSON.stringify(list)) };
  }

  #metricsOf(namespace: string, selector: string): object[] {
    const wanted = parseLabelSelector(selector);
    const pods = [...this.#history.all('pods')].filter(({ metadata, status }) => metadata.namespace === namespace && status?.['phase'] === 'Running' && matchesLabels(wanted, metadata.labels));
    const nowMs = this.#now();
    const cpu = `${this.#isCalm ? TARGET_MILLI : Math.round(loadAt(`${namespace} ${selector}`, nowMs) / pods.length)}m`;
    return pods.map((pod) => ({ metadata: { name: pod.metadata.name, namespace }, timestamp: formatTime(nowMs), window: '30s', containers: containersOf(pod).map(({ name }) => ({ name, usage: { cpu } })) }));
  }
}

/** Users' pods have one. */
function containersOf({ spec }: Stored): readonly { name: string }[] { return (spec as { containers: { name: string }[] }).containers; } // a Pod

function loadAt(app: string, nowMs: number): number {
  const share = ((nowMs + phaseOf(app)) % PERIOD_MS) / PERIOD_MS;
  return LOAD_MAX_MILLI * (1 - Math.abs(2 * share - 1));
}

/** Names that differ in their last letter are more than a minute apart. */
function phaseOf(app: string): number { return Buffer.from(app).reduce((sum, byte) => (sum * 31 + byte * 97_003) % PERIOD_MS, 0); }
