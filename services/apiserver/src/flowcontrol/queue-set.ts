import { assert } from '@kubernode/base';
import type { FlowStats } from './flow-stats.ts';
import { LevelGauges, type LevelLoad } from './level-gauges.ts';
import { dealHand, flowHash } from './shuffle-sharding.ts';
import { WaitList, type ListLinks } from './wait-list.ts';
import { seatsHeld, SERVICE_GUESS_SECONDS, totalWork, type WorkEstimate } from './work-estimate.ts';

/** How a level treats what exceeds its limit; an exempt level has none. */
export type QueuingConfig =
  | { kind: 'exempt' }
  | { kind: 'reject' }
  | { kind: 'queue'; queues: number; handSize: number; queueLengthLimit: number };

export interface FlowRequest<T> {
  /** Name of the flow schema. */
  schema: string;
  /** What tells flows of the schema apart: the user or the namespace. */
  distinguisher: string;
  work: Readonly<WorkEstimate>;
  stats: FlowStats;
  /** The caller's own. */
  owner: T;
}

/** A request on its way through a QueueSet. */
export interface Ticket<T> extends ListLinks<Ticket<T>> {
  readonly request: FlowRequest<T>;
  /** `waiting` → `executing` → `finished`, or `waiting` → `cancelled`. */
  state: 'waiting' | 'executing' | 'finished' | 'cancelled';
  /** Undefined in levels without queues. */
  readonly queue: Queue<T> | undefined;
  readonly arrivedAtMs: number;
  startedAtMs: number;
  /** Progress of the queue set at arrival. */
  readonly arrivalR: number;
  work: Readonly<WorkEstimate>;
  seats: number;
}

export interface Queue<T> {
  readonly index: number;
  readonly waiting: WaitList<Ticket<T>>;
  /** Work of those that wait, in seat-seconds. */
  waitingWork: number;
  /** Where the progress meter stands when this queue's next request starts, in a world where all queues run at once. */
  nextDispatchR: number;
  executing: number;
  seatsInUse: number;
}

export type Arrival<T> = Ticket<T> | 'concurrency-limit' | 'queue-full';

export interface QueueSetTotals extends LevelLoad { dispatched: number; rejected: number; cancelled: number }

/** Hands that are remembered; beyond it all are forgotten and dealt anew. */
const HANDS_MAX = 10_000;
/** Queues without work are kept up to this many, so that they need not be made again for every request. */
const IDLE_QUEUES_MAX = 1_024;
/** Above every index: sorts queues behind those that come after the last one served. */
const QUEUE_INDEX_LIMIT = 2 ** 31;

/**
 * Fair queuing for one priority level, as KEP-1040 describes it: a progress meter R advances as fast as each non-empty queue would be
 * served if all ran at once; the queue whose oldest request would end first in that world goes first in this one.
 *
 *     arrive ─▶ hand of queues ─▶ the one with least waiting work ─▶ least (nextDispatchR + work) ─▶ executing ─▶ seats linger ─▶ free
 *
 * Knows no clock: every method is told the time, which never goes back. Holds no timers: `nextReleaseMs` says when `advance` has work.
 */
export class QueueSet<T> {
  readonly gauges: LevelGauges;
  readonly executing: Set<Ticket<T>> = new Set();
  readonly queues: Map<number, Queue<T>> = new Map();
  readonly totals: QueueSetTotals = { requestsWaiting: 0, requestsExecuting: 0, seatsInUse: 0, seatsWaiting: 0, dispatched: 0, rejected: 0, cancelled: 0 };
  readonly #onDispatch: (ticket: Ticket<T>) => void;
  readonly #hands = new Map<string, readonly number[]>();
  /** Seats of requests that are over, by time of release. */
  readonly #lingering: { releaseAtMs: number; ticket: Ticket<T> }[] = [];
  #config: QueuingConfig = { kind: 'reject' };
  #limit = 0;
  #currentR = 0;
  #syncedAtMs: number;
  /** Queues with requests that wait or run. */
  #busyQueues = 0;
  /** Where the last search for the next queue ended; ties go to the queue after it. */
  #robin = -1;
  #arrivals = 0;

  /** `onDispatch` is called for each request that had to wait when its turn has come. */
  constructor({ nowMs, onDispatch }: { nowMs: number; onDispatch(ticket: Ticket<T>): void }) {
    this.gauges = new LevelGauges(nowMs);
    this.#syncedAtMs = nowMs;
    this.#onDispatch = onDispatch;
  }

  get config(): QueuingConfig { return this.#config; }
  get currentR(): number { return this.#currentR; }
  get isIdle(): boolean { return this.totals.requestsWaiting === 0 && this.totals.requestsExecuting === 0; }

  /** When seats of finished requests become free for one that waits; undefined while nobody waits for them. */
  get nextReleaseMs(): number | undefined { return this.totals.requestsWaiting === 0 ? undefined : this.#lingering[0]?.releaseAtMs; }

  configure(nowMs: number, { config, limit, gaugeLimit }: { config: QueuingConfig; limit: number; gaugeLimit: number }): void {
    this.#sync(nowMs);
    if (JSON.stringify(config) !== JSON.stringify(this.#config)) this.#hands.clear();
    this.#config = config;
    this.#limit = limit;
    this.gauges.setLimits(nowMs, { seats: gaugeLimit, queueCapacity: config.kind === 'queue' ? config.queues * config.queueLengthLimit : 1 });
    this.#dispatchAll(nowMs);
    this.gauges.observe(nowMs, this.totals);
  }

  /** A ticket that runs at once or waits, or why the request is refused. */
  arrive(nowMs: number, request: FlowRequest<T>): Arrival<T> {
    this.#sync(nowMs);
    const arrival = this.#config.kind === 'queue' ? this.#arriveAtQueue(nowMs, request, this.#config) : this.#arriveWithoutQueue(nowMs, request);
    if (typeof arrival === 'string') {
      this.totals.rejected++;
      request.stats.rejected[arrival]++;
    }
    this.gauges.observe(nowMs, this.totals);
    return arrival;
  }

  /** A request that ran is over. */
  finish(nowMs: number, ticket: Ticket<T>): void {
    assert(ticket.state === 'executing', 'only what runs can finish');
    this.#sync(nowMs);
    this.#stop(nowMs, ticket);
    this.#dispatchAll(nowMs);
    this.gauges.observe(nowMs, this.totals);
  }

  /** A request gives up waiting; nothing happens to one that runs. */
  cancel(nowMs: number, ticket: Ticket<T>): void {
    if (ticket.state !== 'waiting') return;
    this.#sync(nowMs);
    this.#leaveQueue(ticket);
    this.#settle(ticket.queue as Queue<T>); // those that wait have one
    ticket.state = 'cancelled';
    this.totals.rejected++;
    this.totals.cancelled++;
    ticket.request.stats.rejected['time-out']++;
    this.#dispatchAll(nowMs);
    this.gauges.observe(nowMs, this.totals);
  }

  /** Frees seats whose time is over. */
  advance(nowMs: number): void {
    this.#sync(nowMs);
    this.#dispatchAll(nowMs);
    this.gauges.observe(nowMs, this.totals);
  }

  *waiting(): Iterable<Ticket<T>> {
    for (const queue of this.queues.values()) yield* queue.waiting;
  }

  #arriveWithoutQueue(nowMs: number, request: FlowRequest<T>): Arrival<T> {
    const ticket = newTicket(request, { nowMs, arrivalR: this.#currentR, queue: undefined });
    if (!this.#hasRoomFor(ticket)) return 'concurrency-limit';
    this.#start(nowMs, ticket);
    return ticket;
  }

  #arriveAtQueue(nowMs: number, request: FlowRequest<T>, config: QueuingConfig & { kind: 'queue' }): Arrival<T> {
    const queue = this.#chooseQueue(request, config);
    if (this.totals.seatsInUse >= this.#limit && queue.waiting.length >= config.queueLengthLimit) return 'queue-full';
    const ticket = newTicket(request, { nowMs, arrivalR: this.#currentR, queue });
    if (queue.waiting.length === 0 && queue.executing === 0) { queue.nextDispatchR = this.#currentR; this.#busyQueues++; }
    this.#enterQueue(ticket, queue);
    request.stats.queueLengths.observe(queue.waiting.length);
    this.#dispatchAll(nowMs, ticket);
    return ticket;
  }

  /** The queue of the flow's hand with least work waiting; which one is looked at first changes with every request. */
  #chooseQueue(request: FlowRequest<T>, config: QueuingConfig & { kind: 'queue' }): Queue<T> {
    const hand = this.#handOf(request, config);
    const offset = this.#arrivals++ % hand.length;
    let best = -1;
    let leastWork = Infinity;
    for (let i = 0; i < hand.length && leastWork > 0; i++) {
      const index = hand[(offset + i) % hand.length] as number; // within the hand
      const work = this.queues.get(index)?.waitingWork ?? 0;
      if (work < leastWork) { leastWork = work; best = index; }
    }
    let queue = this.queues.get(best);
    if (queue === undefined) {
      queue = { index: best, waiting: new WaitList(), waitingWork: 0, nextDispatchR: this.#currentR, executing: 0, seatsInUse: 0 };
      this.queues.set(best, queue);
    }
    return queue;
  }

  #handOf({ schema, distinguisher }: FlowRequest<T>, { queues, handSize }: { queues: number; handSize: number }): readonly number[] {
    const key = `${schema}\0${distinguisher}`;
    let hand = this.#hands.get(key);
    if (hand === undefined) {
      if (this.#hands.size >= HANDS_MAX) this.#hands.clear();
      hand = dealHand(flowHash(schema, distinguisher), queues, handSize);
      this.#hands.set(key, hand);
    }
    return hand;
  }

  /** Starts what may start. `arriving` learns it by its ticket, the others by `onDispatch`. */
  #dispatchAll(nowMs: number, arriving?: Ticket<T>): void {
    while (this.totals.requestsWaiting > 0 && this.totals.seatsInUse < this.#limit) {
      const ticket = this.#nextInTurn();
      if (!this.#hasRoomFor(ticket)) { ticket.request.stats.noAccommodation++; return; }
      const queue = ticket.queue as Queue<T>; // those that wait have one
      this.#robin = queue.index;
      this.#leaveQueue(ticket);
      this.#narrow(ticket);
      this.#start(nowMs, ticket);
      queue.nextDispatchR += totalWork(ticket.work);
      boundByArrival(queue);
      if (ticket !== arriving) this.#onDispatch(ticket);
    }
  }

  /** The oldest request of the queue that would end its request first. Some request has to wait. */
  #nextInTurn(): Ticket<T> {
    let best: Ticket<T> | undefined;
    let leastFinish = Infinity;
    let leastDistance = Infinity;
    for (const queue of this.queues.values()) {
      const oldest = queue.waiting.first;
      if (oldest === undefined) continue;
      const finish = queue.nextDispatchR + totalWork(oldest.work);
      const distance = queue.index > this.#robin ? queue.index : queue.index + QUEUE_INDEX_LIMIT;
      if (finish < leastFinish || (finish === leastFinish && distance < leastDistance)) { best = oldest; leastFinish = finish; leastDistance = distance; }
    }
    assert(best !== undefined, 'a queue holds what waits');
    return best;
  }

  /** A request that is wider than the whole level runs alone. */
  #hasRoomFor({ seats }: Ticket<T>): boolean {
    if (this.#config.kind === 'exempt') return true;
    if (seats > this.#limit) return this.totals.requestsExecuting === 0;
    return this.totals.seatsInUse + seats <= this.#limit;
  }

  /** Seats after the answer that exceed the level become fewer for longer: the same work. */
  #narrow(ticket: Ticket<T>): void {
    const { finalSeats, additionalLatencyMs, initialSeats } = ticket.work;
    if (finalSeats <= this.#limit || this.#limit === 0) return;
    ticket.work = { initialSeats, finalSeats: this.#limit, additionalLatencyMs: finalSeats * additionalLatencyMs / this.#limit };
    ticket.seats = seatsHeld(ticket.work);
  }

  #enterQueue(ticket: Ticket<T>, queue: Queue<T>): void {
    queue.waiting.push(ticket);
    queue.waitingWork += totalWork(ticket.work);
    boundByArrival(queue);
    this.#countWaiting(ticket, 1);
  }

  #leaveQueue(ticket: Ticket<T>): void {
    const queue = ticket.queue as Queue<T>; // those that wait have one
    queue.waiting.remove(ticket);
    queue.waitingWork = queue.waiting.length === 0 ? 0 : queue.waitingWork - totalWork(ticket.work);
    boundByArrival(queue);
    this.#countWaiting(ticket, -1);
  }

  #countWaiting({ seats, request: { stats } }: Ticket<T>, sign: 1 | -1): void {
    this.totals.requestsWaiting += sign;
    this.totals.seatsWaiting += sign * seats;
    stats.waitingRequests += sign;
    stats.waitingSeats += sign * seats;
  }

  #start(nowMs: number, ticket: Ticket<T>): void {
    const { seats, queue, request: { stats } } = ticket;
    ticket.state = 'executing';
    ticket.startedAtMs = nowMs;
    this.executing.add(ticket);
    this.totals.requestsExecuting++;
    this.totals.seatsInUse += seats;
    this.totals.dispatched++;
    stats.dispatched++;
    stats.executingRequests++;
    stats.executingSeats += seats;
    if (queue === undefined) return;
    queue.executing++;
    queue.seatsInUse += seats;
  }

  #stop(nowMs: number, ticket: Ticket<T>): void {
    const { queue, work, request: { stats } } = ticket;
    ticket.state = 'finished';
    this.executing.delete(ticket);
    this.totals.requestsExecuting--;
    stats.executingRequests--;
    if (queue !== undefined) {
      queue.executing--;
      queue.nextDispatchR -= work.initialSeats * (SERVICE_GUESS_SECONDS - (nowMs - ticket.startedAtMs) / 1000); // now it is known how long it took
      boundByArrival(queue);
      this.#settle(queue);
    }
    if (work.additionalLatencyMs > 0) this.#linger({ releaseAtMs: nowMs + work.additionalLatencyMs, ticket });
    else this.#release(ticket);
  }

  #linger(entry: { releaseAtMs: number; ticket: Ticket<T> }): void {
    let at = this.#lingering.length; // nearly always the last one to be released
    while (at > 0 && (this.#lingering[at - 1] as typeof entry).releaseAtMs > entry.releaseAtMs) at--; // at - 1 is an index
    this.#lingering.splice(at, 0, entry);
  }

  #release({ seats, queue, request: { stats } }: Ticket<T>): void {
    this.totals.seatsInUse -= seats;
    stats.executingSeats -= seats;
    if (queue === undefined) return;
    queue.seatsInUse -= seats;
    this.#forgetIfIdle(queue);
  }

  /** To be called when the last request may have left a queue. */
  #settle(queue: Queue<T>): void {
    if (queue.waiting.length > 0 || queue.executing > 0) return;
    this.#busyQueues--;
    this.#forgetIfIdle(queue);
  }

  #forgetIfIdle(queue: Queue<T>): void {
    if (queue.waiting.length > 0 || queue.executing > 0 || queue.seatsInUse > 0) return;
    const isDealt = this.#config.kind === 'queue' && queue.index < this.#config.queues;
    if (!isDealt || this.queues.size > IDLE_QUEUES_MAX) this.queues.delete(queue.index);
  }

  /** Brings the progress meter to now, seats being freed on the way. */
  #sync(nowMs: number): void {
    let released = 0;
    for (const { releaseAtMs, ticket } of this.#lingering) {
      if (releaseAtMs > nowMs) break;
      this.#meter(releaseAtMs);
      this.#release(ticket);
      released++;
    }
    if (released > 0) this.#lingering.splice(0, released);
    this.#meter(nowMs);
  }

  #meter(nowMs: number): void {
    if (nowMs <= this.#syncedAtMs) return;
    if (this.#busyQueues > 0) {
      const wanted = this.totals.seatsInUse + this.totals.seatsWaiting;
      this.#currentR += Math.min(wanted, this.#limit) / this.#busyQueues * (nowMs - this.#syncedAtMs) / 1000;
    }
    this.#syncedAtMs = nowMs;
  }
}

function newTicket<T>(request: FlowRequest<T>, { nowMs, arrivalR, queue }: { nowMs: number; arrivalR: number; queue: Queue<T> | undefined }): Ticket<T> {
  return { request, state: 'waiting', queue, arrivedAtMs: nowMs, startedAtMs: 0, arrivalR, work: request.work, seats: seatsHeld(request.work), previous: undefined, next: undefined };
}

/** Nothing is dispatched before it arrived: a queue that used less than its share saves nothing up. */
function boundByArrival<T>(queue: Queue<T>): void {
  const { first } = queue.waiting;
  if (first !== undefined && queue.nextDispatchR < first.arrivalR) queue.nextDispatchR = first.arrivalR;
}
