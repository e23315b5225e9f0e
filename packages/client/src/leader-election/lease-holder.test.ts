import { getEventListeners } from 'node:events';
import { allSettled, onAbort } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { createFakeClient, createFakeClock, type FakeClock } from '@kubernode/testing';
import type { Fence, Transport } from '../client.ts';
import { LeaseHolder } from './lease-holder.ts';

const hold: Fence = { namespace: 'kube-system', lease: 'x', holder: 'a', epoch: 3 };

interface Stream { onHeld(held: boolean): void; breaks(): void; ends(): void }

/** Servers whose streams the test answers and breaks. */
function world(): { clock: FakeClock; streams: Stream[]; holder: LeaseHolder } {
  const clock = createFakeClock();
  const streams: Stream[] = [];
  const holdLease: NonNullable<Transport['holdLease']> = (_, { signal, onHeld }) => new Promise((resolve, reject) => {
    onAbort(signal, resolve);
    streams.push({ onHeld, breaks: () => { reject(new Error('connection reset')); }, ends: resolve });
  });
  return { clock, streams, holder: new LeaseHolder({ client: Object.assign(createFakeClient(), { holdLease }), hold, clock, logger: silentLogger }) };
}

/** A world in which the servers hold the lease already, until the test stops it. */
async function heldWorld(): Promise<ReturnType<typeof world> & { stop: AbortController; running: Promise<void> }> {
  const made = world();
  const stop = new AbortController();
  const running = made.holder.run(stop.signal);
  await made.clock.advance(0);
  made.streams[0]?.onHeld(true);
  return { ...made, stop, running };
}

test('LeaseHolder gives its fence from the servers’ first yes until it is stopped', async () => {
  const { clock, streams, holder } = world();
  const stop = new AbortController();
  const running = holder.run(stop.signal);
  await clock.advance(10);
  expect(holder.fence).toBeUndefined();
  const held = holder.held(stop.signal);
  streams[0]?.onHeld(true);
  await held;
  expect(holder.fence).toEqual(hold);
  stop.abort();
  await running;
  expect([holder.fence, getEventListeners(stop.signal, 'abort')]).toEqual([undefined, []]);
});

test('LeaseHolder opens another stream when one breaks, and keeps the lead when that is answered in time', async () => {
  const { clock, streams, holder, stop, running } = await heldWorld();
  for (let i = 0; i < 5; i++) {
    await clock.advance(500);
    streams.at(-1)?.breaks();
    await clock.advance(100);
    streams.at(-1)?.onHeld(true);
  }
  expect([streams.length, holder.fence]).toEqual([6, hold]);
  stop.abort();
  await running;
});

test('LeaseHolder gives up by itself before the servers release the lease', async () => {
  const { clock, streams, holder, running } = await heldWorld();
  const brokenAtMs = clock.monotonicNow();
  let endedAtMs: number | undefined;
  void running.then(() => { endedAtMs = clock.monotonicNow(); });
  for (let i = 0; i < 200 && endedAtMs === undefined; i++) {
    streams.at(-1)?.breaks();
    await clock.advance(10);
  }
  expect(holder.fence).toBeUndefined();
  expect((endedAtMs ?? Infinity) - brokenAtMs).toBeLessThan(1000); // the servers' patience
});

test('LeaseHolder counts from the end of its stream, however long ago its last answer was', async () => {
  const { clock, streams, holder, stop, running } = await heldWorld();
  await clock.advance(900); // a server that answers signs of life slowly
  streams[0]?.breaks();
  await clock.advance(700);
  streams[1]?.onHeld(true);
  expect([streams.length, holder.fence]).toEqual([2, hold]);
  stop.abort();
  await running;
});

test('LeaseHolder does not wait for an answer for longer than the servers wait for it', async () => {
  const { clock, streams, holder, running } = await heldWorld();
  streams[0]?.breaks();
  for (let ms = 0; ms < 1000; ms += 50) { await clock.advance(50); await allSettled(); }
  await running;
  expect([streams.length, holder.fence]).toEqual([2, undefined]); // the second one was never answered
});

test('LeaseHolder ends at once when the servers say that the lease is lost', async () => {
  const { streams, holder, running } = await heldWorld();
  streams[0]?.onHeld(false);
  streams[0]?.ends();
  await running;
  expect([holder.fence, streams.length]).toEqual([undefined, 1]);
});
