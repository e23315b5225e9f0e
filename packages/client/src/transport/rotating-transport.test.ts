import type { RawRequest, Transport } from '../client.ts';
import { rotatingTransport } from './rotating-transport.ts';

interface Probe extends Transport { closed: boolean; release: () => void }

function probe(name: string): Probe {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => { release = resolve; });
  const transport: Probe = {
    closed: false, release: () => { release(); },
    call: async () => { await released; return { status: 200, contentType: '', body: Buffer.from(name), warnings: [] }; },
    async *watch() { await released; yield Buffer.from(name); },
    close() { transport.closed = true; },
  };
  return transport;
}
const REQUEST: RawRequest = { method: 'GET', path: '/' };

test('rotatingTransport: what is under way ends by the old connections, which close after it; all else goes by the new ones', async () => {
  const [old, next] = [probe('old'), probe('next')];
  const transport = rotatingTransport(old);
  const [call, watch] = [transport.call(REQUEST), transport.watch({ ...REQUEST, signal: new AbortController().signal })[Symbol.asyncIterator]()];
  const event = watch.next();
  transport.replace(next);
  next.release();
  expect([(await transport.call(REQUEST)).body.toString(), old.closed]).toEqual(['next', false]);
  old.release();
  expect([(await call).body.toString(), String((await event).value), old.closed]).toEqual(['old', 'old', false]);
  await watch.next();
  expect([old.closed, next.closed]).toEqual([true, false]);
  transport.close();
  expect(next.closed).toBe(true);
});

test('rotatingTransport: connections that nobody uses close at once', () => {
  const old = probe('old');
  rotatingTransport(old).replace(probe('next'));
  expect(old.closed).toBe(true);
});
