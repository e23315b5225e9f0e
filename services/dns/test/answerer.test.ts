import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { decode, encode, type Packet } from 'dns-packet';
import { systemClock, seededRng } from '@kubernode/base';
import { createRegistry, silentLogger } from '@kubernode/component-base';
import { createFakeClock, Fixtures } from '@kubernode/testing';
import { AnswerCache } from '../src/cache/answer-cache.ts';
import { Forwarder } from '../src/forward/forwarder.ts';
import { LoopGuard } from '../src/forward/loop-guard.ts';
import { createDnsMetrics } from '../src/metrics.ts';
import { createAnswerer, type Answerer } from '../src/server/answerer.ts';
import type { ZoneView } from '../src/zone/zone-view.ts';

const fixtures = new Fixtures();
afterAll(() => fixtures[Symbol.asyncDispose]());

const view: ZoneView = {
  domain: 'cluster.local', namespaceExists: () => true, serviceByAddress: () => undefined, slicesByAddress: () => [], slices: () => [],
  service: (_, name) => (name === 'ext' ? { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'a' }, spec: { type: 'ExternalName', externalName: 'one.example' } } : undefined),
};

const soa = { type: 'SOA' as const, name: 'example', ttl: 60, data: { mname: 'ns.example', rname: 'h.example', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 20 } };

/** An upstream server by UDP and TCP that counts what it is asked; `silent` ones never answer. */
async function upstream(port: number, { silent = false } = {}): Promise<{ asked: string[]; speak(): void } & AsyncDisposable> {
  const asked: string[] = [];
  let quiet = silent;
  const reply = (query: Buffer, transport: string): Buffer | undefined => {
    const { id, questions: [question] = [] } = decode(query);
    asked.push(`${transport} ${question?.name ?? ''}`);
    if (quiet || question === undefined) return undefined;
    const base: Packet = { type: 'response', id: id ?? 0, flags: 0x80, questions: [question] };
    if (question.name.toLowerCase() === 'none.example') return encode({ ...base, flags: 0x83, authorities: [soa] });
    if (question.name === 'alias.example') return encode({ ...base, answers: [{ type: 'CNAME', name: 'alias.example', ttl: 20, data: 'one.example' }, { type: 'A', name: 'one.example', ttl: 20, data: '192.0.2.1' }] });
    const many = question.name === 'many.example' ? 100 : 1;
    return encode({ ...base, answers: Array.from({ length: many }, (_, i) => ({ type: 'A', name: question.name, ttl: 20, data: `192.0.2.${i + 1}` })), additionals: [{ type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, options: [] } as never] }); // encode fills what an OPT lacks
  };
  const udp = createSocket('udp4');
  udp.on('message', (query, from) => { const answer = reply(query, 'udp'); if (answer) udp.send(answer, from.port, from.address); });
  const tcp = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => { const answer = reply(bytes.subarray(2), 'tcp'); if (answer) socket.write(Buffer.concat([Buffer.from([answer.length >> 8, answer.length & 255]), answer])); });
  });
  await Promise.all([new Promise<void>((resolve) => { udp.bind(port, '127.0.0.1', resolve); }), new Promise<void>((resolve) => { tcp.listen(port, '127.0.0.1', resolve); })]);
  return { asked, speak: () => { quiet = false; }, [Symbol.asyncDispose]: async () => { udp.close(); await new Promise((resolve) => { tcp.close(resolve); }); } };
}

function answererOf(ports: readonly number[], { mayForward = () => true }: { mayForward?: (address: string) => boolean } = {}): { answer: Answerer; clock: ReturnType<typeof createFakeClock>; registry: ReturnType<typeof createRegistry>; guard: LoopGuard; forwarder: Forwarder } {
  const [clock, registry, stop] = [createFakeClock(), createRegistry(), new AbortController()];
  void fixtures.use({ [Symbol.dispose]: () => stop.abort() });
  const cache = new AnswerCache(clock);
  const metrics = createDnsMetrics(registry, { server: 'dns://:53', cacheSize: (kind) => cache.size(kind) });
  const forwarder = new Forwarder({ servers: ports.map((port) => ({ address: '127.0.0.1', port })), clock: systemClock, rng: seededRng(1), logger: silentLogger, metrics: metrics.forward, signal: stop.signal });
  const guard = new LoopGuard(seededRng(2));
  return { answer: createAnswerer({ view, cache, forwarder, loopGuard: guard, metrics, clock, mayForward }), clock, registry, guard, forwarder };
}

const ask = async (answer: Answerer, name: string, { transport = 'udp' as 'udp' | 'tcp', id = 9, from = '10.244.0.9' } = {}) => {
  const bytes = await answer(encode({ type: 'query', id, flags: 256, questions: [{ name, type: 'A' }] }), transport, from);
  if (bytes === undefined) return undefined;
  const packet = decode(bytes) as ReturnType<typeof decode> & { rcode?: string }; // rcode is there, but not in the types
  return { id: packet.id, name: packet.questions?.[0]?.name, code: packet.rcode, tc: packet.flag_tc, answers: (packet.answers ?? []).map((one) => `${one.name} ${'ttl' in one ? one.ttl : ''} ${'data' in one ? String(one.data) : ''}`), additionals: packet.additionals?.length };
};

test('answers of others are kept for their time, under the id and the question of who asks', async () => {
  const server = await fixtures.use(upstream(22_101));
  const { answer, clock } = answererOf([22_101]);
  expect(await ask(answer, 'one.example')).toEqual({ id: 9, name: 'one.example', code: 'NOERROR', tc: false, answers: ['one.example 20 192.0.2.1'], additionals: 0 });
  await clock.advance(5000);
  expect(await ask(answer, 'ONE.example', { id: 10, transport: 'tcp' })).toEqual({ id: 10, name: 'ONE.example', code: 'NOERROR', tc: false, answers: ['one.example 15 192.0.2.1'], additionals: 0 });
  expect(server.asked).toEqual(['udp one.example']);
  await clock.advance(16_000);
  await ask(answer, 'one.example');
  expect(server.asked).toHaveLength(2);
});

test('denials are kept as long as their SOA says', async () => {
  const server = await fixtures.use(upstream(22_102));
  const { answer, clock, registry } = answererOf([22_102]);
  expect(await ask(answer, 'none.example')).toMatchObject({ code: 'NXDOMAIN' });
  await clock.advance(19_000);
  expect(await ask(answer, 'none.example')).toMatchObject({ code: 'NXDOMAIN' });
  expect(server.asked).toHaveLength(1);
  await clock.advance(2000);
  await ask(answer, 'none.example');
  expect(server.asked).toHaveLength(2);
  expect(await registry.metrics()).toMatch(/coredns_cache_hits_total\{[^}]*type="denial"[^}]*\} 1/);
});

test('an answer that is too long for UDP says so and comes by TCP', async () => {
  await fixtures.use(upstream(22_103));
  const { answer } = answererOf([22_103]);
  expect(await ask(answer, 'many.example')).toMatchObject({ tc: true, answers: [] });
  expect((await ask(answer, 'many.example', { transport: 'tcp' }))?.answers).toHaveLength(100);
});

test('a server that does not answer costs one try, is left out, and comes back', async () => {
  const [silent, good] = [await fixtures.use(upstream(22_104, { silent: true })), await fixtures.use(upstream(22_105))];
  const { answer } = answererOf([22_104, 22_105]);
  for (let i = 0; i < 6; i++) expect(await ask(answer, `n${i}.example`)).toMatchObject({ code: 'NOERROR' });
  expect(good.asked.length).toBeGreaterThanOrEqual(6);
  expect(silent.asked.filter((one) => one.includes('example')).length).toBeLessThanOrEqual(3);
  silent.speak();
}, 30_000);

test('nobody there is SERVFAIL; who may not is refused', async () => {
  const { answer } = answererOf([22_199], { mayForward: (address) => address !== '192.0.2.66' });
  expect(await ask(answer, 'one.example', { transport: 'tcp' })).toMatchObject({ code: 'SERVFAIL' });
  expect(await ask(answer, 'one.example', { from: '192.0.2.66' })).toMatchObject({ code: 'REFUSED' });
});

test('a name of the cluster for one outside comes with the addresses of that one', async () => {
  await fixtures.use(upstream(22_106));
  const { answer } = answererOf([22_106]);
  expect((await ask(answer, 'ext.a.svc.cluster.local'))?.answers).toEqual(['ext.a.svc.cluster.local 30 one.example', 'one.example 20 192.0.2.1']);
  expect((await ask(answer, 'alias.example'))?.answers).toEqual(['alias.example 20 one.example', 'one.example 20 192.0.2.1']);
});

test('a server that leads back here is noticed, and no more is forwarded to it', async () => {
  const { answer, guard, forwarder } = answererOf([22_107]);
  const loop = createSocket('udp4');
  void fixtures.use({ [Symbol.dispose]: () => loop.close() });
  loop.on('message', (query, from) => { void Promise.resolve(answer(query, 'udp', from.address)).then((bytes) => { if (bytes) loop.send(bytes, from.port, from.address); }); });
  await new Promise<void>((resolve) => { loop.bind(22_107, '127.0.0.1', resolve); });
  const stop = new AbortController();
  const running = guard.run({ forwarder, clock: systemClock, logger: silentLogger }, stop.signal).catch(() => undefined); // aborted below
  const until = systemClock.monotonicNow() + 10_000;
  while (!guard.looping && systemClock.monotonicNow() < until) await systemClock.sleep(20);
  expect(await ask(answer, 'one.example')).toMatchObject({ code: 'SERVFAIL' });
  stop.abort();
  await running;
}, 20_000);
