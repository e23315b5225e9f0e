import { createFakeClock, type FakeClock } from '@kubernode/testing';
import { ServerLifecycle } from './server-lifecycle.ts';
import { shutDown, type Door, type ShutDownOptions } from './shut-down.ts';

const OPTIONS: ShutDownOptions = { delayMs: 0, sendRetryAfter: false, watchGraceMs: 0, requestTimeoutMs: 60_000 };

interface World { clock: FakeClock; lifecycle: ServerLifecycle; log: string[]; door: Door & { pending: number; streams: number; activity: number }; run(options?: Partial<ShutDownOptions>): Promise<void> }

function world(): World {
  const clock = createFakeClock();
  const lifecycle = new ServerLifecycle();
  const log: string[] = [];
  const note = (text: string): void => { log.push(`${clock.monotonicNow()} ${text}`); };
  const door = {
    pending: 0, streams: 0, activity: 0,
    get requestsPending() { return this.pending; },
    get requestsRunning() { return this.pending + this.streams; },
    async sendAway(overMs: number) { note(`sends away over ${overMs}`); },
    stopListening() { note('listens no more'); },
    endStreams() { note('ends streams'); this.streams = 0; },
    close() { note('closes'); },
  };
  const logger = { info: (_message: string, { event }: { event: string }) => { note(event); } } as unknown as Parameters<typeof shutDown>[1]['logger']; // only info is used
  const deregister = async (): Promise<void> => { await clock.sleep(100); note('deregistered'); };
  return { clock, lifecycle, log, door, run: (options) => shutDown({ ...OPTIONS, ...options }, { lifecycle, doors: [door], deregister, clock, logger }) };
}

describe('shutDown', () => {
  it('says it is not ready, serves on for the delay, then ends what runs and closes', async () => {
    const { clock, lifecycle, log, door, run } = world();
    door.pending = 1;
    const over = run({ delayMs: 1_000 });
    await clock.advance(400);
    expect([lifecycle.phase, log]).toEqual(['shuttingDown', ['0 ShutdownInitiated', '100 deregistered']]);
    await clock.advance(2_100);
    expect([lifecycle.phase, log.slice(2)]).toEqual(['draining', ['500 sends away over 500', '1000 NotAcceptingNewRequest', '1000 listens no more']]);
    door.pending = 0;
    await clock.advance(2_000);
    await over;
    expect(log.slice(5).map((line) => line.replace(/^\d+ /, ''))).toEqual(['InFlightRequestsDrained', 'ends streams', 'closes', 'HTTPServerStoppedListening']);
  });

  it('listens until all are answered when it tells late clients to come again', async () => {
    const { clock, log, door, run } = world();
    door.pending = 1;
    const over = run({ sendRetryAfter: true });
    await clock.advance(5_000);
    expect(log.at(-1)).toBe('100 NotAcceptingNewRequest');
    door.pending = 0;
    await clock.advance(1_000);
    await over;
    expect(log.slice(3).map((line) => line.replace(/^\d+ /, ''))).toEqual(['InFlightRequestsDrained', 'listens no more', 'ends streams', 'closes', 'HTTPServerStoppedListening']);
  });

  it('waits for requests no longer than requests may take', async () => {
    const { clock, log, door, run } = world();
    door.pending = 1;
    const over = run({ requestTimeoutMs: 3_000 });
    await clock.advance(3_200);
    expect(log.at(-1)).toMatch(/ends streams$/);
    await clock.advance(2_100);
    await over;
    expect(log.at(-2)).toMatch(/closes$/);
  });

  it('stays while connections are still used, be it for requests that are over at once', async () => {
    const { clock, log, door, run } = world();
    const over = run();
    for (let i = 0; i < 40; i++) { await clock.advance(100); door.activity++; }
    expect(log.at(-1)).toMatch(/listens no more$/);
    await clock.advance(1_200);
    await over;
    expect(log.at(-1)).toMatch(/HTTPServerStoppedListening$/);
  });

  it('spreads the ends of watches over the grace period', async () => {
    const { clock, lifecycle, run } = world();
    let ended = 0;
    for (let i = 0; i < 1_000; i++) { const watch = lifecycle.watchBegan(() => { ended++; watch[Symbol.dispose](); }); }
    const over = run({ watchGraceMs: 2_000 });
    await clock.advance(1_100);
    expect([ended > 400, ended < 600]).toEqual([true, true]);
    await clock.advance(5_000);
    await over;
    expect(ended).toBe(1_000);
  });
});
