import { get } from 'node:http';
import { sleep } from '../../framework/run.ts';
import type { Tries } from '../checkers/availability.ts';

const TIMEOUT_MS = 1000;
const EVERY_MS = 50;
const TRIES_MAX = 100_000;

/** Asks a service at a steady pace, with a new connection each time. */
export class ServiceClient {
  readonly #url: string;
  readonly #tries: { atMs: number; ok: boolean }[] = [];

  constructor(url: string) { this.#url = url; }

  get tries(): Tries { return { client: 'service', tries: this.#tries }; }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const ok = await this.#ask();
      this.#tries.push({ atMs: performance.now(), ok });
      if (this.#tries.length > TRIES_MAX) this.#tries.shift();
      await sleep(EVERY_MS);
    }
  }

  #ask(): Promise<boolean> {
    return new Promise((resolve) => {
      const request = get(this.#url, { agent: false, timeout: TIMEOUT_MS }, (response) => { response.resume(); response.on('end', () => resolve(response.statusCode === 200)); response.on('error', () => resolve(false)); });
      request.on('timeout', () => request.destroy());
      request.on('error', () => resolve(false));
    });
  }
}
