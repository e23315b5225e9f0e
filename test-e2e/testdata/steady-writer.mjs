// usage: node steady-writer.mjs KUBECONFIG: three clients that write and read at a steady pace through the load balancer until SIGTERM. Prints what went
// well and each request that failed: none is tried again.
import { readFileSync } from 'node:fs';
import https from 'node:https';

const config = readFileSync(process.argv[2], 'utf8');
const field = (name) => new RegExp(`${name}: (\\S+)`).exec(config)[1];
const pem = (name) => Buffer.from(field(name), 'base64');
const { hostname, port } = new URL(field('server'));
const credentials = { ca: pem('certificate-authority-data'), cert: pem('client-certificate-data'), key: pem('client-key-data') };
let [running, succeeded] = [true, 0];
const failed = [];
process.on('SIGTERM', () => { running = false; });

function send(agent, method, path, body) {
  return new Promise((resolve) => {
    const request = https.request({ hostname, port, path, method, agent, ...credentials, timeout: 30_000, headers: { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' } }, (response) => {
      let text = '';
      response.on('data', (part) => { text += part; }).on('end', () => resolve({ status: response.statusCode, text })).on('error', (error) => resolve({ status: 0, text: error.message }));
    });
    request.on('timeout', () => request.destroy(new Error('timeout'))).on('error', (error) => resolve({ status: 0, text: error.message }));
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function write(client) {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  const path = `/api/v1/namespaces/default/configmaps/writer-${client}`;
  await send(agent, 'POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: `writer-${client}` } });
  for (let n = 0; running; n++) {
    for (const [method, body] of [['PATCH', { data: { n: String(n) } }], ['GET']]) {
      const { status, text } = await send(agent, method, path, body);
      if (status === 200 && JSON.parse(text).data.n === String(n)) succeeded++;
      else failed.push(`${new Date().toISOString()} ${method} ${status} ${text.slice(0, 200)}`);
    }
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  agent.destroy();
}

await Promise.all([0, 1, 2].map(write));
process.stdout.write(JSON.stringify({ succeeded, failed }));
