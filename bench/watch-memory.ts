// What an idle watch costs in memory: thousands of them on a few connections, against a running build.
// usage: tsx bench/watch-memory.ts [STREAMS=5000] [http1]
import { connect } from 'node:http2';
import { Agent, get } from 'node:https';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { residentBytes } from './process-cost.ts';
import { kubernode, startServer, TOKEN } from './servers.ts';

const STREAMS_PER_CONNECTION = 1_000;
const SETTLE_MS = 3_000;
/** The first watches make what all others share. */
const WARM_UP = 200;
const WATCH = '/api/v1/namespaces/default/pods?watch=1&allowWatchBookmarks=true&resourceVersion=0&timeoutSeconds=600';

const streams = Number(process.argv[2] ?? 5_000);
const open = process.argv[3] === 'http1' ? openHttp1 : openHttp2;

await using server = await startServer(kubernode(path.join(import.meta.dirname, '..'), Number(process.env['PORT'] ?? 21_120)));
await open(server.url, WARM_UP);
await sleep(SETTLE_MS);
const before = residentBytes(server.pid);
await open(server.url, streams);
await sleep(SETTLE_MS);
const after = residentBytes(server.pid);
process.stdout.write(`${streams} idle watches over ${open === openHttp1 ? 'HTTP/1.1' : 'HTTP/2'}: ${(before / 1e6).toFixed(1)} → ${(after / 1e6).toFixed(1)} MB resident, ${((after - before) / 1000 / streams).toFixed(1)} kB each\n`);
await server[Symbol.asyncDispose]();
process.exit(0);

async function openHttp2(url: string, count: number): Promise<void> {
  for (let left = count; left > 0; left -= STREAMS_PER_CONNECTION) {
    const session = connect(url, { rejectUnauthorized: false });
    await Promise.all(Array.from({ length: Math.min(left, STREAMS_PER_CONNECTION) }, () => new Promise<void>((resolve, reject) => {
      const stream = session.request({ ':path': WATCH, authorization: `Bearer ${TOKEN}`, 'user-agent': 'bench' });
      stream.on('response', (headers) => { if (headers[':status'] === 200) resolve(); else reject(new Error(`status ${headers[':status']}`)); }).on('error', reject).resume();
    })));
  }
}

async function openHttp1(url: string, count: number): Promise<void> {
  const agent = new Agent({ maxSockets: Infinity, rejectUnauthorized: false });
  for (let opened = 0; opened < count; opened++) {
    await new Promise<void>((resolve, reject) => {
      get(`${url}${WATCH}`, { agent, headers: { authorization: `Bearer ${TOKEN}` } }, (answer) => { answer.resume(); resolve(); }).on('error', reject);
    });
  }
}
