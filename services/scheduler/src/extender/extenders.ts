import { errorMessage } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { NodeView } from '../cache/node-table.ts';
import type { PodInfo } from '../cache/pod-info.ts';
import type { FoundNodes } from '../cycle/find-nodes.ts';
import { EXTENDER, type ExtenderCalls } from '../cycle/schedule-pod.ts';
import { SCORE_MAX, type PreemptingExtender } from '../framework/plugin.ts';
import { failed, unresolvable, unschedulable, type Verdict } from '../framework/verdict.ts';
import type { HttpExtender } from './http-extender.ts';

/** Extenders score from 0 to this. */
const EXTENDER_SCORE_MAX = 10;

/** All configured extenders as one: each takes away from what the one before it left, and all scores add up. */
export class Extenders implements ExtenderCalls {
  readonly #all: readonly HttpExtender[];
  readonly #logger: Logger;

  constructor(all: readonly HttpExtender[], logger: Logger) {
    this.#all = all;
    this.#logger = logger;
  }

  get filters(): boolean { return this.#all.some((one) => one.filters); }
  get scores(): boolean { return this.#all.some((one) => one.scores); }
  get preempting(): readonly PreemptingExtender[] { return this.#all.filter((one) => one.preempts); }

  async filter({ pod }: PodInfo, { feasible, refusals }: FoundNodes): Promise<void> {
    for (const extender of this.#all) {
      if (feasible.length === 0) return;
      if (!extender.filters || !extender.isInterested(pod)) continue;
      try {
        const { nodes, failed: maybe, failedForGood } = await extender.filter(pod, feasible);
        const left = new Set(nodes);
        for (const node of feasible.splice(0, feasible.length, ...nodes)) {
          if (left.has(node)) continue;
          const why = failedForGood[node.name];
          refusals.set(node, { plugin: EXTENDER, verdict: why === undefined ? unschedulable(...reasonOf(maybe[node.name])) : unresolvable(...reasonOf(why)) });
        }
      } catch (error) {
        if (!extender.ignorable) throw error;
        this.#logger.info('Skipping extender as it returned error and has ignorable flag set', { extender: extender.name, err: errorMessage(error) });
      }
    }
  }

  /** One that fails gives no scores. */
  async score({ pod }: PodInfo, nodes: readonly NodeView[], totals: Float64Array): Promise<void> {
    await Promise.all(this.#all.filter((one) => one.scores && one.isInterested(pod)).map(async (extender) => {
      try {
        const scores = await extender.prioritize(pod, nodes);
        for (const [i, node] of nodes.entries()) totals[i] = (totals[i] ?? 0) + (scores.get(node.name) ?? 0) * extender.weight * (SCORE_MAX / EXTENDER_SCORE_MAX);
      } catch (error) { this.#logger.debug('Failed to run extender\'s priority function. No score given by this extender.', { extender: extender.name, error: errorMessage(error) }); }
    }));
  }

  /** The first that binds at all and is interested does it; `skip` when there is none. */
  async bind({ pod }: PodInfo, node: NodeView): Promise<Verdict | 'skip' | undefined> {
    for (const extender of this.#all) {
      if (!extender.binds || !extender.isInterested(pod)) continue;
      try { await extender.bind(pod, node.name); return undefined; } catch (error) {
        if (!extender.ignorable) return failed(errorMessage(error));
        this.#logger.info('Skipping extender in bind as it returned error and has ignorable flag set', { extender: extender.name, err: errorMessage(error) });
      }
    }
    return 'skip';
  }
}

function reasonOf(why: string | undefined): string[] { return why === undefined || why === '' ? [] : [why]; }
