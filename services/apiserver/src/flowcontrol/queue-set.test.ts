import { FlowStats } from './flow-stats.ts';
import { QueueSet, type QueuingConfig, type Ticket } from './queue-set.ts';
import { ONE_SEAT, type WorkEstimate } from './work-estimate.ts';

const QUEUES: QueuingConfig = { kind: 'queue', queues: 64, handSize: 6, queueLengthLimit: 50 };

interface World { set: QueueSet<string>; dispatched: string[]; arrive(nowMs: number, user: string, work?: WorkEstimate): Ticket<string> | string; ticket(nowMs: number, user: string, work?: WorkEstimate): Ticket<string> }

function world({ config = QUEUES, limit = 2 }: { config?: QueuingConfig; limit?: number } = {}): World {
  const dispatched: string[] = [];
  const set = new QueueSet<string>({ nowMs: 0, onDispatch: ({ request: { owner } }) => dispatched.push(owner) });
  set.configure(0, { config, limit, gaugeLimit: limit });
  const stats = new FlowStats();
  const arrive = (nowMs: number, user: string, work: WorkEstimate = ONE_SEAT): Ticket<string> | string => set.arrive(nowMs, { schema: 's', distinguisher: user, work, stats, owner: user });
  const ticket = (nowMs: number, user: string, work?: WorkEstimate): Ticket<string> => {
    const arrival = arrive(nowMs, user, work);
    if (typeof arrival === 'string') throw new Error(arrival);
    return arrival;
  };
  return { set, dispatched, arrive, ticket };
}

describe('QueueSet', () => {
  it('runs what it has seats for and makes the rest wait for its turn', () => {
    const { set, dispatched, ticket } = world();
    const [a, b, c] = [ticket(0, 'a'), ticket(0, 'b'), ticket(0, 'c')];
    expect([a.state, b.state, c.state]).toEqual(['executing', 'executing', 'waiting']);
    set.finish(5, a);
    expect([c.state, dispatched, set.totals.seatsInUse, set.totals.requestsWaiting]).toEqual(['executing', ['c'], 2, 0]);
    set.finish(6, b);
    set.finish(7, c);
    expect([set.isIdle, set.totals]).toEqual([true, { requestsWaiting: 0, requestsExecuting: 0, seatsInUse: 0, seatsWaiting: 0, dispatched: 3, rejected: 0, cancelled: 0 }]);
  });

  it('refuses by concurrency without queues, and never when exempt', () => {
    const rejecting = world({ config: { kind: 'reject' }, limit: 1 });
    rejecting.ticket(0, 'a');
    expect(rejecting.arrive(0, 'b')).toBe('concurrency-limit');
    const exempt = world({ config: { kind: 'exempt' }, limit: 0 });
    expect([exempt.ticket(0, 'a'), exempt.ticket(0, 'b')].map(({ state }) => state)).toEqual(['executing', 'executing']);
  });

  it('refuses once every queue of the hand is full', () => {
    const { arrive } = world({ config: { kind: 'queue', queues: 8, handSize: 2, queueLengthLimit: 3 }, limit: 1 });
    const arrivals = Array.from({ length: 8 }, () => arrive(0, 'flood'));
    expect(arrivals.map((one) => (typeof one === 'string' ? one : one.state))).toEqual(['executing', ...Array<string>(6).fill('waiting'), 'queue-full']);
  });

  it('lets a quiet flow through a flood of another', () => {
    const { set, arrive, ticket, dispatched } = world({ limit: 4 });
    for (let i = 0; i < 300; i++) arrive(0, 'flood');
    const quiet = ticket(1, 'quiet');
    for (let nowMs = 10; quiet.state === 'waiting' && nowMs < 100; nowMs += 10) {
      for (const running of [...set.executing]) set.finish(nowMs, running);
    }
    expect(quiet.state).toBe('executing');
    expect(dispatched.length).toBeLessThanOrEqual(10); // not after the 290 that stood there before
  });

  it('gives flows of one queue each the same share of seats', () => {
    const config: QueuingConfig = { kind: 'queue', queues: 1_000, handSize: 1, queueLengthLimit: 500 };
    const { set, arrive, dispatched } = world({ config, limit: 10 });
    for (const user of ['slow', 'fast']) for (let i = 0; i < 400; i++) arrive(0, user);
    // 'slow' takes four times as long: it gets a quarter of the turns, not half of them
    for (let nowMs = 1; nowMs <= 400; nowMs++) {
      for (const running of [...set.executing]) if (nowMs - running.startedAtMs >= (running.request.owner === 'slow' ? 20 : 5)) set.finish(nowMs, running);
    }
    const turns = (user: string): number => dispatched.filter((one) => one === user).length;
    expect(turns('fast') / turns('slow')).toBeGreaterThan(3);
    expect(turns('fast') / turns('slow')).toBeLessThan(5);
  });

  it('holds seats after the answer for as long as estimated, then lets the next one run', () => {
    const { set, ticket } = world({ limit: 5 });
    const write = ticket(0, 'a', { initialSeats: 1, finalSeats: 4, additionalLatencyMs: 10 });
    const next = ticket(0, 'b', { initialSeats: 2, finalSeats: 0, additionalLatencyMs: 0 });
    set.finish(2, write);
    expect([next.state, set.totals.seatsInUse, set.totals.requestsExecuting, set.nextReleaseMs]).toEqual(['waiting', 4, 0, 12]);
    set.advance(11);
    expect(next.state).toBe('waiting');
    set.advance(12);
    expect([next.state, set.totals.seatsInUse]).toEqual(['executing', 2]);
  });

  it('runs alone what is wider than the level, with its later seats made narrower and longer', () => {
    const { set, ticket } = world({ limit: 2 });
    const small = ticket(0, 'a');
    const wide = ticket(0, 'b', { initialSeats: 1, finalSeats: 8, additionalLatencyMs: 5 });
    expect(wide.state).toBe('waiting');
    set.finish(1, small);
    expect([wide.state, wide.work]).toEqual(['executing', { initialSeats: 1, finalSeats: 2, additionalLatencyMs: 20 }]);
    expect(ticket(1, 'c').state).toBe('waiting');
  });

  it('forgets a request that gave up, and never runs it', () => {
    const { set, ticket, dispatched } = world({ limit: 1 });
    const [running, gone, next] = [ticket(0, 'a'), ticket(0, 'b'), ticket(0, 'c')];
    set.cancel(5, gone);
    set.finish(6, running);
    expect([gone.state, next.state, dispatched, set.totals.cancelled, set.totals.rejected]).toEqual(['cancelled', 'executing', ['c'], 1, 1]);
  });

  it('dispatches more when its limit grows, and takes nothing back when it shrinks', () => {
    const { set, ticket } = world({ limit: 1 });
    const [a, b] = [ticket(0, 'a'), ticket(0, 'b')];
    set.configure(1, { config: QUEUES, limit: 2, gaugeLimit: 2 });
    expect(b.state).toBe('executing');
    set.configure(2, { config: QUEUES, limit: 1, gaugeLimit: 1 });
    const c = ticket(2, 'c');
    set.finish(3, a);
    expect([b.state, c.state]).toEqual(['executing', 'waiting']);
  });

  it('keeps requests in queues that a new configuration has no more, until they ran', () => {
    const { set, ticket } = world({ limit: 1 });
    const running = ticket(0, 'a');
    const waiting = Array.from({ length: 20 }, (_, i) => ticket(0, `u${i}`));
    set.configure(1, { config: { kind: 'queue', queues: 1, handSize: 1, queueLengthLimit: 5 }, limit: 1, gaugeLimit: 1 });
    set.finish(2, running);
    for (let nowMs = 3; set.executing.size > 0; nowMs++) for (const one of [...set.executing]) set.finish(nowMs, one);
    expect([waiting.every(({ state }) => state === 'finished'), [...set.queues.keys()].every((index) => index === 0)]).toEqual([true, true]);
  });

  it('accounts for every seat under arrivals, ends and surrenders in any order', () => {
    const { set, arrive } = world({ limit: 7 });
    let seed = 1;
    const chance = (below: number): number => { seed = (seed * 48_271) % 2_147_483_647; return seed % below; };
    const tickets: Ticket<string>[] = [];
    let excess = 0;
    for (let nowMs = 0; nowMs < 3_000; nowMs++) {
      const arrival = arrive(nowMs, `u${chance(12)}`, { initialSeats: 1 + chance(3), finalSeats: chance(2) * chance(9), additionalLatencyMs: chance(20) });
      if (typeof arrival !== 'string') tickets.push(arrival);
      const one = tickets[chance(tickets.length)];
      if (one?.state === 'executing') set.finish(nowMs, one);
      else if (one !== undefined && chance(4) === 0) set.cancel(nowMs, one);
      const widerThanLevel = set.totals.requestsExecuting === 1 ? 8 : 0; // runs beside seats that linger
      excess = Math.max(excess, set.totals.seatsInUse - 7 - widerThanLevel);
    }
    expect(excess).toBe(0);
    for (let nowMs = 3_000; !set.isIdle; nowMs += 100) { set.advance(nowMs); for (const one of [...set.executing]) set.finish(nowMs, one); }
    set.advance(1e9);
    expect([set.totals.seatsInUse, set.totals.seatsWaiting, [...set.queues.values()].filter(({ seatsInUse, executing }) => seatsInUse + executing > 0)]).toEqual([0, 0, []]);
    expect(tickets.every(({ state }) => state === 'finished' || state === 'cancelled')).toBe(true);
  });
});
