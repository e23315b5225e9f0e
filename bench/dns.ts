// usage: tsx --conditions=source bench/dns.ts [SERVICES] [QUERIES]
// Cluster DNS under load: an unmodified server of ours in a process of its own over a fake API of SERVICES services, asked by UDP on loopback
// at a steady rate. Prints queries a second, percentiles of the answer time and the server's CPU a query.
import { fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { encode } from 'dns-packet';

const SERVICES = Number(process.argv[2] ?? 10_000);
const QUERIES = Number(process.argv[3] ?? 10_000);
/** What the project promises to serve with p99 under 2 ms. */
const RATE = 2000;
const PORT = 22_053;
const WARM = 2000;

const server = fork(new URL('dns-server.ts', import.meta.url), [String(SERVICES), String(PORT)], { execArgv: process.execArgv });
await new Promise<void>((resolve) => { server.once('message', () => resolve()); });
await load(WARM);
const before = await cpuOf();
const times = await load(QUERIES);
const used = await cpuOf() - before;
const at = (share: number): string => (times[Math.floor(times.length * share)] ?? NaN).toFixed(2);
process.stdout.write(`${SERVICES} services, ${times.length} of ${QUERIES} answered at ${RATE}/s: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(0.9999)} ms; server CPU ${(used / QUERIES).toFixed(1)} µs a query\n`);
server.kill();
process.exit(0);

/** Asks at the rate; the answer times in ms, ascending. */
async function load(count: number): Promise<number[]> {
  const socket = createSocket('udp4');
  const sent = new Map<number, number>();
  const answered: number[] = [];
  socket.on('message', (bytes) => { answered.push(performance.now() - (sent.get(bytes.readUInt16BE(0)) ?? NaN)); });
  await new Promise<void>((resolve) => { socket.bind(0, '127.0.0.1', resolve); });
  const startedAt = performance.now();
  for (let i = 0; i < count; i++) {
    const due = startedAt + i * 1000 / RATE;
    if (performance.now() < due) await new Promise((resolve) => { setTimeout(resolve, due - performance.now()); });
    const id = i & 0xffff;
    const query = encode({ type: 'query', id, flags: 256, questions: [{ name: `s${(i * 7919) % SERVICES}.load.svc.cluster.local`, type: i % 4 === 3 ? 'AAAA' : 'A' }] });
    sent.set(id, performance.now());
    socket.send(query, PORT, '127.0.0.1');
  }
  const until = performance.now() + 2000;
  while (answered.length < count && performance.now() < until) await new Promise((resolve) => { setTimeout(resolve, 10); });
  socket.close();
  return answered.sort((a, b) => a - b);
}

/** CPU of the server's process, µs. */
function cpuOf(): Promise<number> {
  return new Promise((resolve) => { server.once('message', (used) => resolve(Number(used))); server.send('cpu'); });
}
