import { eventually, sleep } from '../../framework/run.ts';
import type { SoleWriter } from '../checkers/acknowledged-writes.ts';
import type { Tries } from '../checkers/availability.ts';
import type { AcknowledgedWrite } from '../checkers/watch-log.ts';
import type { ApiConnection } from './api-connection.ts';
import { parseValue, valueObject } from './value-object.ts';

/** Tries that are remembered; the oldest go first. */
const TRIES_MAX = 200_000;

/** Patches an object of its own at a steady pace, at once again after an error: how long it goes without a success is how long a fault is felt. */
export class PulseWriter {
  readonly writes: AcknowledgedWrite[] = [];
  readonly #tries: { atMs: number; ok: boolean }[] = [];
  readonly #errors: string[] = [];
  readonly #collection: string;
  readonly #name: string;
  readonly #connection: ApiConnection;
  readonly #everyMs: number;
  #paused = false;
  #idle = true;
  #lastTried = 0;
  #lastAcknowledged = 0;

  constructor({ collection, name, connection, everyMs }: { collection: string; name: string; connection: ApiConnection; everyMs: number }) {
    this.#collection = collection;
    this.#name = name;
    this.#connection = connection;
    this.#everyMs = everyMs;
  }

  get tries(): Tries { return { client: this.#name, tries: this.#tries }; }
  get soleWriter(): SoleWriter { return { key: this.#name, lastTried: this.#lastTried, lastAcknowledged: this.#lastAcknowledged }; }
  get isIdle(): boolean { return this.#idle; }

  /** Makes its object. */
  async begin(): Promise<void> {
    await eventually(`${this.#name} to be made`, async () => {
      const { status, reason } = parseValue(await this.#connection.send('POST', this.#collection, valueObject(this.#name, `${this.#name}:0`)));
      if (status !== 201 && status !== 409) throw new Error(`${status} ${reason ?? ''}`); // 409: an earlier try was carried out
      return true;
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#paused) { this.#idle = true; await sleep(10); continue; }
      this.#idle = false;
      const ok = await this.#write(++this.#lastTried);
      if (ok) await sleep(this.#everyMs); else await sleep(1);
    }
  }

  pause(): void { this.#paused = true; }
  resume(): void { this.#paused = false; }
  take(): readonly AcknowledgedWrite[] { return this.writes.splice(0); }
  /** Errors since the last time, in words. */
  takeErrors(): readonly string[] { return this.#errors.splice(0); }

  async #write(number: number): Promise<boolean> {
    const value = `${this.#name}:${number}`;
    const answer = await this.#send(value);
    const ok = typeof answer !== 'string';
    if (ok) { this.#lastAcknowledged = number; this.writes.push({ key: this.#name, revision: answer, value }); }
    else this.#errors.push(answer);
    this.#tries.push({ atMs: performance.now(), ok });
    if (this.#tries.length > TRIES_MAX) this.#tries.shift();
    return ok;
  }

  /** The revision of the write, or what went wrong. */
  async #send(value: string): Promise<number | string> {
    try {
      const answer = parseValue(await this.#connection.send('PATCH', `${this.#collection}/${this.#name}`, { data: { v: value } }, 'application/merge-patch+json'));
      return answer.status < 300 && answer.revision !== undefined ? answer.revision : `${answer.status} ${answer.reason ?? ''}`;
    } catch (error) { return error instanceof Error ? error.message : String(error); }
  }
}
