import { readFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import type { TestCluster } from './cluster.ts';
import { sleep } from './run.ts';

/** As in the measurements of Kubernetes that figures stand beside. */
const PAUSE_MS = 20;

/** One writer with a connection of its own: writes every 20 ms, at once again after an error; remembers what was acknowledged. */
export class Writer {
  readonly acknowledged: number[] = [];
  longestGapMs: number = 0;
  errors: number = 0;
  #running = true;
  readonly #cluster: TestCluster;
  readonly #name: string;
  readonly #agent: https.Agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  readonly #ca: Buffer;

  constructor(cluster: TestCluster, name: string) {
    this.#cluster = cluster;
    this.#name = name;
    this.#ca = readFileSync(path.join(cluster.dir, 'pki/ca.crt'));
  }

  async run(): Promise<void> {
    await this.#send('POST', '/api/v1/namespaces/default/configmaps', 'application/json', { metadata: { name: this.#name }, data: {} });
    let lastMs = Date.now();
    for (let i = 1; this.#running; i++) {
      while (this.#running) {
        const ok = await this.#send('PATCH', `/api/v1/namespaces/default/configmaps/${this.#name}`, 'application/merge-patch+json', { data: { [`w${i}`]: 'x' } }).then((status) => status === 200, () => false);
        if (ok) { this.acknowledged.push(i); break; }
        this.errors++;
      }
      this.longestGapMs = Math.max(this.longestGapMs, Date.now() - lastMs);
      lastMs = Date.now();
      await sleep(PAUSE_MS);
    }
    this.#agent.destroy();
  }

  stop(): void { this.#running = false; }

  #send(method: string, url: string, type: string, body: unknown): Promise<number> {
    return new Promise((resolve, reject) => {
      const text = JSON.stringify(body);
      const request = https.request({ host: '127.0.0.1', port: this.#cluster.securePort, path: url, method, agent: this.#agent, ca: this.#ca, timeout: 5000, headers: { authorization: 'Bearer e2e-admin', 'content-type': type, 'content-length': Buffer.byteLength(text) } }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
        response.on('error', reject);
      });
      request.on('timeout', () => request.destroy(new Error('timeout')));
      request.on('error', reject);
      request.end(text);
    });
  }
}
