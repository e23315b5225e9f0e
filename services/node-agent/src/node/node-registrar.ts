import { isAlreadyExists, isNotFound } from '@kubernode/apimachinery';
import { type coreV1, coreV1Resources } from '@kubernode/api';
import { type Clock, errorMessage, exponentialBackoff, type Rng, WakeUp } from '@kubernode/base';
import type { Client, EventRecorder, Lister } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import type { PressureCondition } from '../eviction/signals.ts';
import { toRfc3339 } from '../status/compute-container-statuses.ts';
import { computeNode, computeNodeStatus, metadataPatch, type NodeFacts, type NodeObservation, statusChanged } from './compute-node.ts';
import { conditionEvents, isReady } from './node-conditions.ts';
import { shownImages } from './node-images.ts';
import { runtimeHealth } from './runtime-health.ts';

export interface NodeRegistrarDeps {
  client: Client;
  runtime: Pick<CriRuntime, 'status' | 'images'>;
  recorder: Pick<EventRecorder, 'event'>;
  clock: Clock;
  rng: Rng;
  logger: Logger;
  facts: NodeFacts;
  register: boolean;
  updateEveryMs: number;
  /** A status without news is written this seldom: the lease shows that the node lives. */
  reportEveryMs: number;
  imagesMax: number;
  /** This node as last seen of the API server. */
  nodes: Lister<coreV1.Node>;
  runtimeAnswers: () => boolean;
  pressure: () => readonly PressureCondition[];
  /** Why else the node is not ready: it shuts down, or a part of it failed. */
  problems: () => readonly string[];
  volumesInUse: () => readonly string[];
}

const RETRY_MS = 1000;
const REGISTER_BACKOFF = { initialMs: 100, maxMs: 7000, jitter: 0 };
/** Up to this share more between reports, so that many nodes do not report at once. */
const REPORT_JITTER = 0.5;

/** Registers the node and keeps its status: checked every few seconds, written when something changed, and now and then. */
export class NodeRegistrar {
  readonly #deps: NodeRegistrarDeps;
  readonly #bell = new WakeUp();
  #nextReportMs = -Infinity;
  #rebootTold = false;
  #wasUnschedulable: boolean | undefined;

  constructor(deps: NodeRegistrarDeps) { this.#deps = deps; }

  /** Resolves to the node as the API server has it, once it has it. */
  async register(signal: AbortSignal): Promise<coreV1.Node> {
    const { facts, clock, logger, rng } = this.#deps;
    const backoff = exponentialBackoff({ ...REGISTER_BACKOFF, rng });
    for (;;) {
      try {
        return await this.#ensureNode(signal);
      } catch (error) {
        if (signal.aborted) throw error;
        logger.warn('cannot register the node', { node: facts.name, error: errorMessage(error) });
        await clock.sleep(backoff.next(), { signal });
      }
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger, updateEveryMs } = this.#deps;
    this.#event('Normal', 'Starting', 'Starting kubelet.');
    while (!signal.aborted) {
      let waitMs = updateEveryMs;
      try {
        if (!await this.#update(signal)) waitMs = Math.min(updateEveryMs, RETRY_MS); // not ready: looked at soon again
      } catch (error) {
        if (signal.aborted) return;
        logger.warn('cannot update the node status', { error: errorMessage(error) });
        if (isNotFound(error)) await this.#ensureNode(signal).catch(() => undefined); // deleted by hand: tried again with the next round
        waitMs = RETRY_MS;
      }
      await this.#bell.heardWithin({ clock, ms: waitMs }, signal);
    }
  }

  /** Looks at the node's health now, after something that may have changed it. */
  wake(): void { this.#bell.ring(); }

  async #ensureNode(signal: AbortSignal): Promise<coreV1.Node> {
    const { client, facts, register, clock } = this.#deps;
    if (register) {
      const status = computeNodeStatus({ facts, observation: await this.#observe(), previous: {}, now: toRfc3339(clock.now()) });
      try {
        const node = await client.create(coreV1Resources.nodes, computeNode(facts, status), { signal });
        this.#tell({}, status);
        return node;
      } catch (error) { if (!isAlreadyExists(error)) throw error; }
    }
    const node = await client.get(coreV1Resources.nodes, { name: facts.name }, { signal });
    const metadata = register ? metadataPatch(facts, node) : undefined;
    return metadata === undefined ? node : client.patch(coreV1Resources.nodes, { name: facts.name }, { type: 'strategic', body: { metadata } }, { signal });
  }

  /** Resolves to whether the node is ready. */
  async #update(signal: AbortSignal): Promise<boolean> {
    const { client, facts, clock, nodes, reportEveryMs, rng } = this.#deps;
    const observation = await this.#observe();
    const node = nodes.get(facts.name) ?? await client.get(coreV1Resources.nodes, { name: facts.name }, { signal });
    const previous = node.status ?? {};
    const status = computeNodeStatus({ facts, observation, previous, now: toRfc3339(clock.now()) });
    const nowMs = clock.monotonicNow();
    if (statusChanged(previous, status) || nowMs >= this.#nextReportMs) {
      const body = { status: { ...status, ...(previous.volumesInUse !== undefined && status.volumesInUse === undefined && { volumesInUse: null }) } };
      await client.patch(coreV1Resources.nodes, { name: facts.name, subresource: 'status' }, { type: 'strategic', body }, { signal });
      this.#nextReportMs = nowMs + reportEveryMs * (1 + REPORT_JITTER * rng.next());
      this.#tell(previous, status);
    }
    this.#tellSchedulable(node);
    return isReady(observation.health);
  }

  async #observe(): Promise<NodeObservation> {
    const { runtime, runtimeAnswers, pressure, problems, volumesInUse, imagesMax } = this.#deps;
    const { status, problems: ofRuntime } = await runtimeHealth(runtime, runtimeAnswers());
    const images = await runtime.images().catch(() => []); // shown by the runtime's condition
    return { health: { problems: [...ofRuntime, ...problems()], pressure: pressure() }, images: shownImages(images, imagesMax), runtime: status, volumesInUse: volumesInUse() };
  }

  #tell(before: Readonly<coreV1.NodeStatus>, after: Readonly<coreV1.NodeStatus>): void {
    const { facts: { name, host } } = this.#deps;
    for (const event of conditionEvents(before.conditions ?? [], after.conditions ?? [])) this.#event('Normal', event, `Node ${name} status is now: ${event}`);
    const bootedBefore = before.nodeInfo?.bootID ?? '';
    if (bootedBefore !== '' && bootedBefore !== host.bootId && !this.#rebootTold) {
      this.#rebootTold = true;
      this.#event('Warning', 'Rebooted', `Node ${name} has been rebooted, boot id: ${host.bootId}`);
    }
  }

  #tellSchedulable({ spec }: Readonly<coreV1.Node>): void {
    const unschedulable = spec?.unschedulable === true;
    if (this.#wasUnschedulable !== undefined && this.#wasUnschedulable !== unschedulable) {
      const event = unschedulable ? 'NodeNotSchedulable' : 'NodeSchedulable';
      this.#event('Normal', event, `Node ${this.#deps.facts.name} status is now: ${event}`);
    }
    this.#wasUnschedulable = unschedulable;
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { recorder, facts: { name } } = this.#deps;
    recorder.event({ apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name } }, type, reason, message);
  }
}
