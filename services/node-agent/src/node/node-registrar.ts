import { isAlreadyExists, isNotFound } from '@kubernode/apimachinery';
import { type coreV1, coreV1Resources } from '@kubernode/api';
import { type Clock, errorMessage, onAbort } from '@kubernode/base';
import type { Client, EventRecorder } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import { toRfc3339 } from '../status/compute-container-statuses.ts';
import { computeNode, computeNodeStatus, type NodeFacts, type NodeHealth, ownLabels } from './compute-node.ts';

export interface NodeRegistrarDeps {
  client: Client;
  runtime: Pick<CriRuntime, 'status' | 'images'>;
  recorder: Pick<EventRecorder, 'event'>;
  clock: Clock;
  logger: Logger;
  facts: NodeFacts;
  register: boolean;
  updateEveryMs: number;
  runtimeAnswers: () => boolean;
}

/** A status without news is written this seldom: the lease shows that the node lives. */
const REPORT_EVERY_MS = 300_000;
const RETRY_MS = 1000;
const IMAGES_MAX = 50;

/** Registers the node and keeps its status: checked every few seconds, written when something changed, and now and then. */
export class NodeRegistrar {
  readonly #deps: NodeRegistrarDeps;
  #lastReportMs = -Infinity;
  #lastReported = '';
  #wakeUp: (() => void) | undefined;
  #wasReady: boolean | undefined;

  constructor(deps: NodeRegistrarDeps) { this.#deps = deps; }

  /** Resolves to the node as the API server has it, once it has it. */
  async register(signal: AbortSignal): Promise<coreV1.Node> {
    const { facts, clock, logger } = this.#deps;
    for (;;) {
      try {
        return await this.#ensureNode();
      } catch (error) {
        if (signal.aborted) throw error;
        logger.warn('cannot register the node', { node: facts.name, error: errorMessage(error) });
        await clock.sleep(RETRY_MS, { signal });
      }
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger, updateEveryMs } = this.#deps;
    this.#event('Normal', 'Starting', 'Starting kubelet.');
    while (!signal.aborted) {
      let waitMs = updateEveryMs;
      try {
        if (!await this.#update()) waitMs = Math.min(updateEveryMs, RETRY_MS); // not ready: looked at soon again
      } catch (error) {
        if (signal.aborted) return;
        logger.warn('cannot update the node status', { error: errorMessage(error) });
        if (isNotFound(error)) await this.#ensureNode().catch(() => undefined); // deleted by hand: tried again with the next round
        waitMs = RETRY_MS;
      }
      await this.#sleep(waitMs, signal, clock);
    }
  }

  /** Looks at the node's health now, after something that may have changed it. */
  wake(): void { this.#wakeUp?.(); }

  async #ensureNode(): Promise<coreV1.Node> {
    const { client, facts, register } = this.#deps;
    if (register) {
      try { return await client.create(coreV1Resources.nodes, computeNode(facts)); } catch (error) { if (!isAlreadyExists(error)) throw error; }
    }
    const node = await client.get(coreV1Resources.nodes, { name: facts.name });
    const labels = { ...ownLabels(facts), ...facts.labels };
    const stale = Object.entries(labels).some(([key, value]) => node.metadata.labels?.[key] !== value);
    return stale && register ? client.patch(coreV1Resources.nodes, { name: facts.name }, { type: 'strategic', body: { metadata: { labels } } }) : node;
  }

  /** Resolves to whether the node is ready. */
  async #update(): Promise<boolean> {
    const { client, facts, clock } = this.#deps;
    const health = await this.#health();
    const ready = health.runtimeReady && health.networkReady;
    const images = await this.#images();
    const fingerprint = JSON.stringify([health, images]);
    const nowMs = clock.monotonicNow();
    if (fingerprint === this.#lastReported && nowMs - this.#lastReportMs < REPORT_EVERY_MS) return ready;
    const node = await client.get(coreV1Resources.nodes, { name: facts.name });
    const status = computeNodeStatus({ facts, health, images, previous: node.status?.conditions ?? [], now: toRfc3339(clock.now()) });
    await client.patch(coreV1Resources.nodes, { name: facts.name, subresource: 'status' }, { type: 'strategic', body: { status } });
    this.#lastReported = fingerprint;
    this.#lastReportMs = nowMs;
    if (this.#wasReady !== ready) this.#event('Normal', ready ? 'NodeReady' : 'NodeNotReady', `Node ${facts.name} status is now: ${ready ? 'NodeReady' : 'NodeNotReady'}`);
    this.#wasReady = ready;
    return ready;
  }

  async #health(): Promise<NodeHealth> {
    const { runtime, runtimeAnswers } = this.#deps;
    try {
      const { conditions } = await runtime.status();
      const of = (type: string): { status: boolean; text: string } => {
        const found = conditions.find((one) => one.type === type);
        return { status: found?.status === true, text: `${type}=false reason:${found?.reason ?? ''} message:${found?.message ?? ''}` };
      };
      const runtimeReady = of('RuntimeReady');
      const networkReady = of('NetworkReady');
      const problems = [
        ...(runtimeReady.status ? [] : [`container runtime not ready: ${runtimeReady.text}`]),
        ...(networkReady.status ? [] : [`container runtime network not ready: ${networkReady.text}`]),
        ...(runtimeAnswers() ? [] : ['PLEG is not healthy']),
      ];
      return { runtimeReady: runtimeReady.status && runtimeAnswers(), networkReady: networkReady.status, problems };
    } catch (error) {
      return { runtimeReady: false, networkReady: false, problems: [`container runtime is down: ${errorMessage(error)}`] };
    }
  }

  async #images(): Promise<coreV1.ContainerImage[]> {
    const images = await this.#deps.runtime.images().catch(() => []); // shown by the runtime's condition
    return images.map(({ tags, digests, sizeBytes }) => ({ names: [...digests, ...tags], sizeBytes })).sort((a, b) => b.sizeBytes - a.sizeBytes).slice(0, IMAGES_MAX);
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { recorder, facts: { name } } = this.#deps;
    recorder.event({ apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name } }, type, reason, message);
  }

  #sleep(ms: number, signal: AbortSignal, clock: Clock): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => { timer[Symbol.dispose](); link[Symbol.dispose](); this.#wakeUp = undefined; resolve(); };
      const timer = clock.after(ms, finish);
      const link = onAbort(signal, () => finish());
      this.#wakeUp = finish;
    });
  }
}
