import { Server, ServerCredentials, type ServerWritableStream } from '@grpc/grpc-js';
import { createFakeClock, type FakeClock } from '@kubernode/testing';
import { controlPlaneService, type CallRequest, type WatchFrame } from '@kubernode/rpc';
import { openGrpcTransport } from './grpc-transport.ts';

type WatchCall = ServerWritableStream<CallRequest, WatchFrame>;

/** An API server of which only watches are played. */
async function serve(watch: (call: WatchCall) => void): Promise<{ address: string } & Disposable> {
  const server = new Server();
  server.addService(controlPlaneService(), { watch });
  const port = await new Promise<number>((resolve, reject) => { server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => { if (error) reject(error); else resolve(bound); }); });
  return { address: `127.0.0.1:${port}`, [Symbol.dispose]: () => { server.forceShutdown(); } };
}

const frame = (events: string): WatchFrame => ({ status: 200, events: Buffer.from(events) });
const pause = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

/** What a watch gives until it ends; the clock runs once nothing more will come by itself. */
async function watched(address: string, clock: FakeClock, nothingMore: (seen: readonly string[]) => boolean = () => false): Promise<string[]> {
  const transport = openGrpcTransport({ addresses: [address], clock });
  const seen: string[] = [];
  let isOver = false;
  const read = async (): Promise<void> => {
    try {
      for await (const line of transport.watch({ method: 'GET', path: '/api/v1/nodes?watch=true', signal: new AbortController().signal })) seen.push(line.toString());
      seen.push('the end');
    } catch (error) { seen.push(String(error)); } finally { isOver = true; }
  };
  const reading = read();
  while (!isOver) { if (nothingMore(seen)) await clock.advance(1000); await pause(); }
  await reading;
  transport.close();
  return seen;
}

test('a watch that never begins is given up, and one on which nothing comes any more', async () => {
  let calls = 0;
  using lost = await serve(() => { calls++; });
  const clock = createFakeClock();
  expect(await watched(lost.address, clock, () => calls > 0)).toEqual([expect.stringMatching(/TransportError: GET .api.v1.nodes.watch=true: nothing came for too long/)]);
  using silent = await serve((call) => { call.write(frame('')); call.write(frame('one\n')); });
  const beganMs = clock.monotonicNow();
  expect(await watched(silent.address, clock, (seen) => seen.length > 0)).toEqual(['one', expect.stringContaining('nothing came for too long')]);
  expect(clock.monotonicNow() - beganMs).toBeGreaterThan(60_000); // servers say something once a minute
});

test('what comes in pieces is put together, a refusal is an error, an end an end', async () => {
  using pieces = await serve((call) => { call.write(frame('')); call.write(frame('on')); call.write(frame('e\ntwo\nthr')); call.end(); });
  expect(await watched(pieces.address, createFakeClock())).toEqual(['one', 'two', 'the end']);
  using refused = await serve((call) => { call.write({ status: 403, events: Buffer.from(JSON.stringify({ kind: 'Status', status: 'Failure', reason: 'Forbidden', code: 403, message: 'no' })) }); call.end(); });
  expect(await watched(refused.address, createFakeClock())).toEqual([expect.stringContaining('no')]);
});
