import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createFakeClock, type FakeClock } from '@kubernode/testing';
import { ReverseWriter } from '@kubernode/rpc';
import { openGrpcTransport } from './grpc-transport.ts';

/** What an API server says on a watch. */
interface Teller { say(events: string, status?: number): void; end(): void }

/** An API server of which only watches are played. */
async function serve(watch: (to: Teller) => void): Promise<{ address: string } & Disposable> {
  const server = createServer();
  server.on('stream', (stream) => { watch(tellerOn(stream)); });
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => { sessions.add(session); });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`, // a TCP server's address
    [Symbol.dispose]: () => { server.close(); for (const session of sessions) session.destroy(); },
  };
}

function tellerOn(stream: ServerHttp2Stream): Teller {
  stream.on('error', () => undefined);
  stream.on('wantTrailers', () => { stream.sendTrailers({ 'grpc-status': '0' }); });
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  return {
    say: (events, status = 200) => { stream.write(new ReverseWriter().bytes(2, Buffer.from(events)).int(1, status).finishFramed()); },
    end: () => { stream.end(); },
  };
}

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
  using silent = await serve((to) => { to.say(''); to.say('one\n'); });
  const beganMs = clock.monotonicNow();
  expect(await watched(silent.address, clock, (seen) => seen.length > 0)).toEqual(['one', expect.stringContaining('nothing came for too long')]);
  expect(clock.monotonicNow() - beganMs).toBeGreaterThan(60_000); // servers say something once a minute
});

test('what comes in pieces is put together, a refusal is an error, an end an end', async () => {
  using pieces = await serve((to) => { to.say(''); to.say('on'); to.say('e\ntwo\nthr'); to.end(); });
  expect(await watched(pieces.address, createFakeClock())).toEqual(['one', 'two', 'the end']);
  using refused = await serve((to) => { to.say(JSON.stringify({ kind: 'Status', status: 'Failure', reason: 'Forbidden', code: 403, message: 'no' }), 403); to.end(); });
  expect(await watched(refused.address, createFakeClock())).toEqual([expect.stringContaining('no')]);
});
