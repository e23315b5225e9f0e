import type { ReadLimits, Watcher, WatchEvent } from '@kubernode/storage';
import type { VersionForms } from './version-forms.ts';

/**
 * The events of a watcher with their objects in another version. Converting takes time, so what was read is held until it is done: one
 * batch at a time, no larger than the reader asks for.
 */
export class ConvertingWatcher implements Watcher {
  readonly #inner: Watcher;
  readonly #forms: VersionForms;
  #done: readonly WatchEvent[] | undefined;
  #fault: { error: unknown } | undefined;
  #converting = false;
  #revision: number;
  #listener: (() => void) | undefined;

  constructor(inner: Watcher, forms: VersionForms) {
    this.#inner = inner;
    this.#forms = forms;
    this.#revision = inner.revision;
    inner.onReadable(() => this.#wake());
  }

  get revision(): number { return this.#converting || this.#done !== undefined ? this.#revision : this.#inner.revision; }

  read(limits: ReadLimits): readonly WatchEvent[] {
    if (this.#fault !== undefined) throw this.#fault.error;
    const done = this.#done;
    this.#done = undefined;
    if (!this.#converting) this.#begin(limits);
    return done ?? [];
  }

  onReadable(listener: () => void): void { this.#listener = listener; }

  async next({ maxEvents, signal }: { maxEvents: number; signal: AbortSignal }): Promise<readonly WatchEvent[]> {
    return this.#converted(await this.#inner.next({ maxEvents, signal }));
  }

  [Symbol.dispose](): void {
    this.#listener = undefined;
    this.#inner[Symbol.dispose]();
  }

  #begin(limits: ReadLimits): void {
    this.#revision = this.#inner.revision;
    const events = this.#inner.read(limits);
    if (events.length === 0) return;
    this.#converting = true;
    this.#converted(events).then(
      (done) => { this.#done = done; },
      (error: unknown) => { this.#fault = { error }; },
    ).finally(() => { this.#converting = false; this.#wake(); });
  }

  #wake(): void { this.#listener?.(); }

  async #converted(events: readonly WatchEvent[]): Promise<WatchEvent[]> {
    await this.#forms.all(events.flatMap(({ type, object, previous }) => [...(type === 'DELETED' && previous !== undefined ? [] : [object]), ...(previous === undefined ? [] : [previous])]));
    return Promise.all(events.map((event) => this.#convertedEvent(event)));
  }

  async #convertedEvent({ type, revision, object, previous }: WatchEvent): Promise<WatchEvent> {
    const before = previous === undefined ? undefined : await this.#forms.one(previous);
    const now = type === 'DELETED' && previous !== undefined ? await this.#forms.deletedAt(previous, object, revision) : await this.#forms.one(object);
    return { type, revision, object: now, ...(before && { previous: before }) };
  }
}
