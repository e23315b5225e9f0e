import type { LabelSelector } from '@kubernode/apimachinery';
import type { ScaleEvent, ScaleEvents } from './scaling-rules.ts';
import type { Recommendation } from './stabilization.ts';

/** What an autoscaler recommended and did lately. */
export interface History extends ScaleEvents { recommendations: readonly Recommendation[] }

const NOTHING: History = { recommendations: [], ups: [], downs: [] };

/** What autoscalers need to know of their past. Kept in memory alone, as Kubernetes does: a new leader begins without. */
export class AutoscalerMemory {
  readonly #histories = new Map<string, History>();
  readonly #selectors = new Map<string, LabelSelector>();

  historyOf(key: string): History { return this.#histories.get(key) ?? NOTHING; }

  /** Adds a recommendation; those from before `sinceMs` matter no more. */
  recommend(key: string, recommendation: Recommendation, sinceMs: number): void {
    const history = this.historyOf(key);
    this.#histories.set(key, { ...history, recommendations: [...history.recommendations.filter(({ atMs }) => atMs >= sinceMs), recommendation] });
  }

  /** Adds a change of the scale; those from before `sinceMs` matter no more. */
  scaled(key: string, direction: 'ups' | 'downs', event: ScaleEvent, sinceMs: number): void {
    const history = this.historyOf(key);
    this.#histories.set(key, { ...history, [direction]: [...history[direction].filter(({ atMs }) => atMs >= sinceMs), event] });
  }

  /** Takes note of which pods an autoscaler is about. */
  selects(key: string, selector: LabelSelector): void { this.#selectors.set(key, selector); }

  /** The selectors of a namespace's other autoscalers. */
  othersIn(namespace: string, key: string): readonly (readonly [string, LabelSelector])[] {
    return [...this.#selectors].filter(([other]) => other !== key && other.startsWith(`${namespace}/`));
  }

  forget(key: string): void {
    this.#histories.delete(key);
    this.#selectors.delete(key);
  }
}
