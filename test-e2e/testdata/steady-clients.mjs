// usage: node steady-clients.mjs KUBECONFIG: eight clients that work at a steady pace through the load balancer until SIGTERM: three write and read
// over HTTP/1.1 and three over HTTP/2, each on a connection that it keeps; two watch all that they write, one over each. They are as honest as
// client-go: a request is sent again only where an answer says when (Retry-After), or where HTTP/2 says that the server never looked at it.
// Prints what went well, each request that failed, each event that a watcher missed, and the longest time a request took.
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';

const RETRIES_MAX = 10; // client-go's
const PACE_MS = 50;
const CATCH_UP_MS = 10_000;

const config = readFileSync(process.argv[2], 'utf8');
const field = (name) => new RegExp(`${name}: (\\S+)`).exec(config)[1];
const pem = (name) => Buffer.from(field(name), 'base64');
const server = new URL(field('server'));
const credentials = { ca: pem('certificate-authority-data'), cert: pem('client-certificate-data'), key: pem('client-key-data') };
const COLLECTION = '/api/v1/namespaces/default/configmaps';
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const result = { succeeded: 0, events: 0, watches: 0, connections: 0, sentAgain: 0, longestMs: 0, failed: [] };
const fail = (what) => { if (result.failed.length < 50) result.failed.push(`${new Date().toISOString()} ${what}`); };
const written = new Map();
let running = true;
process.on('SIGTERM', () => { running = false; });

/** A client's one connection of HTTP/1.1. `onPart` gets each part of the body; it resolves with the status, headers and how the body ended. */
function http1Client() {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  return {
    request: ({ method, path, headers, body, onPart }) => new Promise((resolve) => {
      const request = https.request({ hostname: server.hostname, port: server.port, path, method, agent, headers, ...credentials }, (response) => {
        const end = (error) => resolve({ status: response.statusCode, retryAfter: response.headers['retry-after'], error });
        response.on('data', (part) => onPart(part, response.statusCode)).on('end', () => end(undefined)).on('error', end);
      });
      request.on('socket', (socket) => { if (socket.connecting) result.connections++; }).on('error', (error) => resolve({ status: 0, error }));
      request.end(body);
    }),
    close: () => agent.destroy(),
  };
}

/** A client's one connection of HTTP/2, and the next one when the server says that there is to be another. */
function http2Client() {
  let session;
  const open = () => {
    if (session === undefined || session.closed || session.destroyed) {
      session = http2.connect(server, credentials);
      session.on('error', () => undefined); // its streams tell
      result.connections++;
    }
    return session;
  };
  return {
    request: ({ method, path, headers, body, onPart }) => new Promise((resolve) => {
      let [status, retryAfter, error] = [0];
      const stream = open().request({ ':method': method, ':path': path, ...headers }, { endStream: body === undefined });
      stream.on('response', (head) => { status = head[':status']; retryAfter = head['retry-after']; }).on('data', (part) => onPart(part, status)).on('error', (fault) => { error = fault; });
      stream.on('close', () => resolve({ status, retryAfter, error: error ?? (status === 0 ? new Error('closed without an answer') : undefined), neverSeen: status === 0 && stream.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM }));
      if (body !== undefined) stream.end(body);
    }),
    close: () => session?.close(),
  };
}

/** Sends until there is an answer that counts. */
async function send(client, method, path, { body, onPart } = {}) {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const headers = { ...(body !== undefined && { 'content-type': type }), accept: 'application/json' };
  for (let attempt = 1; ; attempt++) {
    const parts = [];
    const from = performance.now();
    const answer = await client.request({ method, path, headers, ...(body !== undefined && { body: JSON.stringify(body) }), onPart: (part, status) => { if (onPart !== undefined && status === 200) onPart(part); else parts.push(part); } });
    if (onPart === undefined) result.longestMs = Math.max(result.longestMs, Math.round(performance.now() - from));
    const mayComeAgain = (answer.status === 429 || answer.status >= 500) && answer.retryAfter !== undefined;
    if ((!answer.neverSeen && !mayComeAgain) || attempt > RETRIES_MAX) return { ...answer, text: Buffer.concat(parts).toString() };
    result.sentAgain++;
    if (mayComeAgain) await sleep(Number(answer.retryAfter) * 1000);
  }
}

async function write(name, client) {
  await send(client, 'DELETE', `${COLLECTION}/${name}`);
  const made = await send(client, 'POST', COLLECTION, { body: { metadata: { name, labels: { steady: 'true' } }, data: { n: '0' } } });
  if (made.status !== 201) fail(`${name} POST ${made.status} ${made.error ?? made.text.slice(0, 200)}`);
  for (let n = 1; running; n++) {
    for (const [method, body] of [['PATCH', { data: { n: String(n) } }], ['GET']]) {
      const { status, error, text } = await send(client, method, `${COLLECTION}/${name}`, { body });
      if (status === 200 && error === undefined && JSON.parse(text).data.n === String(n)) result.succeeded++;
      else fail(`${name} ${method} ${status} ${error ?? text.slice(0, 200)}`);
    }
    written.set(name, n);
    await sleep(PACE_MS);
  }
}

/** Follows all writers; what it sees of each has to be every number in its order. */
async function watch(name, client) {
  const seen = new Map();
  const list = JSON.parse((await send(client, 'GET', `${COLLECTION}?labelSelector=steady=true`)).text);
  let { resourceVersion } = list.metadata;
  for (const item of list.items) seen.set(item.metadata.name, Number(item.data.n));
  const take = ({ type, object }) => {
    if (type === 'ERROR') { fail(`${name} ERROR ${JSON.stringify(object)}`); return; }
    resourceVersion = object.metadata.resourceVersion;
    if (type === 'BOOKMARK' || type === 'DELETED') { if (type === 'DELETED') seen.delete(object.metadata.name); return; }
    const [n, before] = [Number(object.data.n), seen.get(object.metadata.name)];
    if (before === undefined ? n !== 0 : n !== before + 1) fail(`${name} saw ${object.metadata.name} go from ${before} to ${n}`);
    seen.set(object.metadata.name, n);
    result.events++;
  };
  const upToDate = () => !running && [...written].every(([writer, n]) => seen.get(writer) === n);
  const over = (async () => { while (running) await sleep(PACE_MS); const until = performance.now() + CATCH_UP_MS; while (!upToDate() && performance.now() < until) await sleep(PACE_MS); return 'over'; })();
  for (;;) {
    let rest = '';
    const ended = send(client, 'GET', `${COLLECTION}?labelSelector=steady=true&watch=true&allowWatchBookmarks=true&resourceVersion=${resourceVersion}`, { onPart: (part) => {
      const lines = (rest + part).split('\n');
      rest = lines.pop();
      for (const line of lines) take(JSON.parse(line));
    } });
    result.watches++;
    const answer = await Promise.race([over, ended]);
    if (answer === 'over') break;
    if (answer.status !== 200 || answer.error !== undefined || rest !== '') fail(`${name} WATCH ${answer.status} ${answer.error ?? rest.slice(0, 200)}`);
  }
  for (const [writer, n] of written) if (seen.get(writer) !== n) fail(`${name} saw ${writer} up to ${seen.get(writer)} of ${n}`);
}

const writers = [0, 1, 2].flatMap((i) => [[`h1-writer-${i}`, http1Client()], [`h2-writer-${i}`, http2Client()]]);
const watchers = [['h1-watcher', http1Client()], ['h2-watcher', http2Client()]];
await Promise.all([...writers.map(([name, client]) => write(name, client)), ...watchers.map(([name, client]) => watch(name, client))]);
process.stdout.write(JSON.stringify(result), () => process.exit(0));
