import { onAbort, type Clock } from '@kubernode/base';
import type { KubeObject } from '@kubernode/apimachinery';
import { bootstrapObjects } from '../authz/bootstrap-objects/bootstrap-objects.ts';
import type { RequestInfo, UserInfo } from '../pipeline/api-request.ts';
import { byPrecedence, Classifier, type FlowSchema } from './classifier.ts';
import type { FlowStats } from './flow-stats.ts';
import { adjustLimits, limitsOf, readLevel, requestSeatsMax, type LevelConfig, type LevelLimits, type PriorityLevelObject } from './level-limits.ts';
import { PriorityLevel, type FlowTicket, type Requester } from './priority-level.ts';
import type { Arrival } from './queue-set.ts';
import type { WorkEstimate } from './work-estimate.ts';

/** A flow schema as requests meet it. */
export interface Flow {
  schema: string;
  level: PriorityLevel;
  stats: FlowStats;
  /** Tell clients by uid, not by name, how they were classified: names are the operator's affair. */
  headers: Readonly<Record<string, string>>;
  distinguisherOf(user: UserInfo, info: RequestInfo): string;
}

export interface FlowControllerOptions {
  clock: Clock;
  /** Seats of this server that are divided among the levels. */
  serverSeats: number;
}

/** No timer rings sooner than this: what is due within it is done together. */
const WAKE_MS_MIN = 1;

/**
 * API Priority and Fairness of one replica: tells to which flow and level a request belongs, lets it run when its turn comes, and moves
 * seats between levels. Decides by the configuration it was given last; with none, by the mandatory objects.
 */
export class FlowController {
  readonly levels: Map<string, PriorityLevel> = new Map();
  fairFraction = 0;
  readonly #clock: Clock;
  readonly #serverSeats: number;
  #classifier: Classifier<Flow>;
  #catchAll: Flow;
  #timer: Disposable | undefined;
  #wakeAtMs = Infinity;
  /** When the first of those that wait gives up, or earlier. */
  #expiresAtMs = Infinity;

  constructor({ clock, serverSeats }: FlowControllerOptions) {
    this.#clock = clock;
    this.#serverSeats = serverSeats;
    [this.#classifier, this.#catchAll] = this.#digest([], []);
  }

  /** Goes by these objects from now on. Requests that wait keep their place. */
  configure(levels: Iterable<Readonly<PriorityLevelObject>>, schemas: Iterable<Readonly<FlowSchema>>): void {
    [this.#classifier, this.#catchAll] = this.#digest([...levels], [...schemas]);
  }

  /** Moves seats from levels that did not use them to levels that could. To be called at intervals. */
  adjust(): void {
    for (const [name, { quiescing, queues }] of this.levels) if (quiescing && queues.isIdle) this.levels.delete(name);
    this.#applyLimits();
  }

  flowOf(user: UserInfo, info: RequestInfo): Flow {
    return this.#classifier.classify(user, info) ?? this.#catchAll;
  }

  /** A ticket that runs at once or waits, or why the request is refused. */
  arrive({ schema, stats, level: { queues }, distinguisherOf }: Flow, work: Readonly<WorkEstimate>, owner: Requester): Arrival<Requester> {
    const distinguisher = queues.config.kind === 'queue' && queues.config.queues > 1 ? distinguisherOf(owner.user, owner.info) : '';
    return queues.arrive(this.#clock.monotonicNow(), { schema, distinguisher, work, stats, owner });
  }

  /** Waits for the turn of a ticket: false when its time was over, or the client gone, before. */
  turn(ticket: FlowTicket, { level: { queues } }: Flow, signal: AbortSignal): Promise<boolean> {
    const { owner } = ticket.request;
    return new Promise((resolve) => {
      let link: Disposable | undefined;
      owner.settle = (runs) => { delete owner.settle; link?.[Symbol.dispose](); resolve(runs); };
      if (!signal.aborted) link = onAbort(signal, () => { this.#giveUp(ticket, queues); });
      else this.#giveUp(ticket, queues);
      this.#expiresAtMs = Math.min(this.#expiresAtMs, owner.waitsUntilMs);
      this.#wakeAt(Math.min(owner.waitsUntilMs, queues.nextReleaseMs ?? Infinity));
    });
  }

  finish(ticket: FlowTicket, { level: { queues } }: Flow): void {
    queues.finish(this.#clock.monotonicNow(), ticket);
    if (queues.nextReleaseMs !== undefined) this.#wakeAt(queues.nextReleaseMs);
  }

  #digest(levelObjects: readonly Readonly<PriorityLevelObject>[], schemaObjects: readonly Readonly<FlowSchema>[]): [Classifier<Flow>, Flow] {
    const wanted = new Map(withMandatory(levelObjects, bootstrapObjects.priorityLevelConfigurations as readonly PriorityLevelObject[]).map(readLevel).flatMap((config) => (config === undefined ? [] : [[config.name, config]]))); // bootstrap levels are levels
    this.#replaceLevels(wanted);
    this.#applyLimits();
    const usable = schemaObjects.filter(({ spec }) => wanted.has(spec?.priorityLevelConfiguration.name ?? ''));
    const flows = withMandatory(usable, bootstrapObjects.flowSchemas as readonly FlowSchema[]).sort(byPrecedence).map((object) => ({ schema: this.#flow(object), spec: object.spec })); // bootstrap schemas are schemas
    const names = new Set(flows.map(({ schema }) => schema.schema));
    for (const level of this.levels.values()) level.keepStatsOf(names);
    return [new Classifier(flows), flows.find(({ schema }) => schema.schema === CATCH_ALL)?.schema as Flow]; // it is mandatory
  }

  #replaceLevels(wanted: ReadonlyMap<string, LevelConfig>): void {
    const nowMs = this.#clock.monotonicNow();
    for (const [name, config] of wanted) {
      const level = this.levels.get(name);
      if (level === undefined) this.levels.set(name, new PriorityLevel(config, nowMs));
      else { level.config = config; level.quiescing = false; }
    }
    for (const [name, level] of this.levels) {
      if (wanted.has(name)) continue;
      if (level.queues.isIdle) this.levels.delete(name);
      else level.quiescing = true; // its last requests still count among the server's
    }
  }

  #applyLimits(): void {
    const nowMs = this.#clock.monotonicNow();
    const levels = [...this.levels.values()];
    const limits = limitsOf(levels.map(({ config }) => config), this.#serverSeats);
    levels.forEach((level, index) => {
      level.limits = limits[index] as LevelLimits; // one of each a level
      level.requestSeatsMax = requestSeatsMax(level.config, level.limits);
      level.measure(nowMs);
    });
    const { limits: adjusted, targets, fairFraction } = adjustLimits(levels.map((level) => ({ ...level.limits, isExempt: level.isExempt, current: level.current, highWatermark: level.demand.highWatermark, smoothed: level.smoothed })));
    this.fairFraction = fairFraction;
    levels.forEach((level, index) => {
      level.current = adjusted[index] as number; // one of each a level
      level.target = targets[index] as number; // likewise
      const gaugeLimit = level.current > 0 ? level.current : Math.max(1, Math.round(this.#serverSeats / 10));
      level.queues.configure(nowMs, { config: level.config.queuing, limit: level.current, gaugeLimit });
    });
  }

  #flow({ metadata: { name, uid = '' }, spec }: Readonly<FlowSchema>): Flow {
    const level = this.levels.get(spec?.priorityLevelConfiguration.name ?? '') as PriorityLevel; // schemas without one are left out
    const method = spec?.distinguisherMethod?.type;
    return {
      schema: name, level, stats: level.statsOf(name),
      headers: { 'X-Kubernetes-PF-FlowSchema-UID': uid, 'X-Kubernetes-PF-PriorityLevel-UID': level.config.uid },
      distinguisherOf: method === 'ByUser' ? (user) => user.name : method === 'ByNamespace' ? (_user, info) => info.namespace : () => '',
    };
  }

  #giveUp(ticket: FlowTicket, queues: PriorityLevel['queues']): void {
    queues.cancel(this.#clock.monotonicNow(), ticket);
    ticket.request.owner.settle?.(false);
  }

  #wakeAt(atMs: number): void {
    if (atMs >= this.#wakeAtMs) return;
    this.#timer?.[Symbol.dispose]();
    this.#wakeAtMs = atMs;
    this.#timer = this.#clock.after(Math.max(WAKE_MS_MIN, atMs - this.#clock.monotonicNow()), () => { this.#wake(); });
  }

  /** One timer for all that wait: frees seats whose time is over, ends waits that are over, and rings again when there is more to do. */
  #wake(): void {
    const nowMs = this.#clock.monotonicNow();
    this.#wakeAtMs = Infinity;
    for (const { queues } of this.levels.values()) if (queues.nextReleaseMs !== undefined) queues.advance(nowMs);
    if (this.#expiresAtMs <= nowMs) this.#expire(nowMs);
    const nextMs = Math.min(this.#expiresAtMs, ...[...this.levels.values()].map(({ queues }) => queues.nextReleaseMs ?? Infinity));
    if (nextMs < Infinity) this.#wakeAt(nextMs);
  }

  #expire(nowMs: number): void {
    this.#expiresAtMs = Infinity;
    for (const { queues } of this.levels.values()) {
      for (const ticket of [...queues.waiting()]) {
        const { waitsUntilMs } = ticket.request.owner;
        if (waitsUntilMs <= nowMs) this.#giveUp(ticket, queues);
        else this.#expiresAtMs = Math.min(this.#expiresAtMs, waitsUntilMs);
      }
    }
  }
}

const CATCH_ALL = 'catch-all';
const MANDATORY: ReadonlySet<string> = new Set(['exempt', CATCH_ALL]);

/** The objects, and those of the mandatory ones that are missing among them. */
function withMandatory<T extends KubeObject>(objects: readonly Readonly<T>[], bootstrap: readonly Readonly<T>[]): Readonly<T>[] {
  const names = new Set(objects.map(({ metadata: { name } }) => name));
  return [...objects, ...bootstrap.filter(({ metadata: { name } }) => MANDATORY.has(name) && !names.has(name))];
}
