import { sleep } from '../../framework/run.ts';
import type { Seen, WatchEntry, WatchLog } from '../checkers/watch-log.ts';
import { reconstruct } from '../checkers/watch-log.ts';
import type { ApiConnection } from './api-connection.ts';

export interface WatchedObject { metadata: { name: string; namespace?: string; resourceVersion: string } }

/** A stream that is silent for this long is begun anew; bookmarks and writes come more often. */
const SILENT_MS = 4000;
const AGAIN_MS = 50;

/**
 * Watches a collection from a list on, always from the last revision that it has seen, and remembers everything in the order in which it came. Lists anew
 * only where the server says that it has to.
 */
export class WatchRecorder<T extends WatchedObject> {
  readonly name: string;
  readonly #connection: ApiConnection;
  readonly #path: string;
  readonly #valueOf: (object: T) => string;
  #entries: WatchEntry[] = [];
  #revision = 0;
  #restarts = 0;

  constructor({ name, connection, path, valueOf }: { name: string; connection: ApiConnection; path: string; valueOf: (object: T) => string }) {
    this.name = name;
    this.#connection = connection;
    this.#path = path;
    this.#valueOf = valueOf;
  }

  /** Of the last thing seen, bookmarks too. */
  get revision(): number { return this.#revision; }
  /** How often the stream had to be begun anew. */
  get restarts(): number { return this.#restarts; }
  get log(): WatchLog { return { watcher: this.name, entries: this.#entries }; }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#revision === 0) await this.#list();
        await this.#watch(signal);
      } catch { /* the link broke: the same from where it stood */ }
      this.#restarts++;
      if (!signal.aborted) await sleep(AGAIN_MS);
    }
  }

  /** Forgets how it came to what it holds now. */
  compact(): void {
    this.#entries = [{ kind: 'list', revision: Math.max(0, ...this.#entries.map(({ revision }) => revision)), items: reconstruct(this.log) }];
  }

  async #list(): Promise<void> {
    const { status, body } = await this.#connection.send('GET', this.#path);
    if (status !== 200) throw new Error(`list: ${status}`);
    const list = JSON.parse(body) as { metadata: { resourceVersion: string }; items: T[] }; // the API's form
    this.#revision = Number(list.metadata.resourceVersion);
    this.#entries.push({ kind: 'list', revision: this.#revision, items: new Map(list.items.map((item) => [item.metadata.name, this.#seen(item)])) });
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const url = `${this.#path}?watch=true&allowWatchBookmarks=true&resourceVersion=${this.#revision}`;
    for await (const line of this.#connection.lines(url, { silentMs: SILENT_MS, signal })) {
      const event = JSON.parse(line) as { type: string; object: T; code?: number; kind?: string }; // the API's form; a refusal is a Status
      if (event.type === 'ERROR' || event.kind === 'Status') {
        const code = event.code ?? (event.object as { code?: number }).code; // a Status
        if (code === 410) this.#revision = 0;
        return;
      }
      this.#take(event);
    }
  }

  #take({ type, object }: { type: string; object: T }): void {
    const revision = Number(object.metadata.resourceVersion);
    if (type === 'BOOKMARK') { this.#revision = Math.max(this.#revision, revision); return; }
    this.#revision = revision;
    this.#entries.push({ kind: 'event', type: type as 'ADDED' | 'MODIFIED' | 'DELETED', key: object.metadata.name, revision, value: this.#valueOf(object) }); // the three that are left
  }

  #seen(item: T): Seen { return { revision: Number(item.metadata.resourceVersion), value: this.#valueOf(item) }; }
}
