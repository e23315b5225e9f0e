// usage: tsx --conditions=source bench/dns.ts [SERVICES] [SECONDS]
// Cluster DNS under load: an unmodified server of ours in a process of its own over a fake API of SERVICES services, asked over UDP on loopback
// by dnsperf (Debian's package) at a steady rate. Prints percentiles of the answer time as dnsperf saw it, and the server's CPU a query.
import { fork } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runProgram } from '@kubernode/component-base';
import { cpuMicroseconds } from './process-cost.ts';

const SERVICES = Number(process.argv[2] ?? 10_000);
const SECONDS = Number(process.argv[3] ?? 20);
/** Queries a second: what the project promises to serve with p99 under 2 ms. */
const RATE = 2000;
const PORT = 22_053;
/** Until the compiler has seen what it needs. */
const WARM_SECONDS = 5;

const server = fork(new URL('dns-server.ts', import.meta.url), [String(SERVICES), String(PORT)], { execArgv: process.execArgv });
await new Promise<void>((resolve) => { server.once('message', () => resolve()); });
const folder = await mkdtemp(path.join(tmpdir(), 'kubernode-bench-dns-'));
try {
  const questions = path.join(folder, 'questions');
  await writeFile(questions, Array.from({ length: SERVICES }, (_, i) => `s${(i * 7919) % SERVICES}.load.svc.cluster.local ${i % 4 === 3 ? 'AAAA' : 'A'}\n`).join(''));
  await load(questions, WARM_SECONDS);
  const before = cpuMicroseconds(server.pid ?? 0);
  const times = await load(questions, SECONDS);
  const used = cpuMicroseconds(server.pid ?? 0) - before;
  const at = (share: number): string => (times[Math.floor(times.length * share)] ?? NaN).toFixed(2);
  process.stdout.write(`${SERVICES} services, ${times.length} of ${RATE * SECONDS} answered at ${RATE}/s: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, p99.99 ${at(0.9999)} ms; server CPU ${(used / times.length).toFixed(1)} µs a query\n`);
} finally {
  server.kill();
  await rm(folder, { recursive: true });
}

/** The answer times of so many seconds in ms, ascending. */
async function load(questions: string, seconds: number): Promise<number[]> {
  const { status, stdout, stderr } = await runProgram('dnsperf', ['-s', '127.0.0.1', '-p', String(PORT), '-d', questions, '-Q', String(RATE), '-l', String(seconds), '-v']);
  if (status !== 0) throw new Error(`dnsperf: ${stderr}`);
  return [...stdout.matchAll(/^> NOERROR .* ([\d.]+)$/gm)].map(([, took]) => Number(took) * 1000).sort((a, b) => a - b);
}
