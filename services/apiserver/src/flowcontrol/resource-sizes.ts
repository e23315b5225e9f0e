import type { Clock } from '@kubernode/base';
import type { ListPage } from '@kubernode/storage';

export interface ResourceSize { objects: number; bytesEach: number }

/** A store as far as it is measured. */
export interface MeasuredStore {
  readonly ready: boolean;
  list(options: { keyPrefix: string; limit: number; freshness: { kind: 'any' } }): Promise<ListPage>;
}

/** How long a measurement holds. */
const MAX_AGE_MS = 60_000;
/** Objects that are weighed to know what one of its kind takes. */
const SAMPLE_OBJECTS = 50;

interface Entry extends ResourceSize { measuredAtMs: number; measuring: boolean }

/** How many objects each resource has, and how large they are: measured when asked for, at most once a minute, beside the requests. */
export class ResourceSizes {
  readonly #clock: Clock;
  readonly #storeOf: (resource: { group: string; resource: string }) => MeasuredStore | undefined;
  readonly #sizes = new Map<MeasuredStore, Entry>();

  constructor({ clock, storeOf }: { clock: Clock; storeOf(resource: { group: string; resource: string }): MeasuredStore | undefined }) {
    this.#clock = clock;
    this.#storeOf = storeOf;
  }

  /** Undefined for what is not kept here, and until it was measured for the first time. */
  sizeOf(resource: { group: string; resource: string }): ResourceSize | undefined {
    const store = this.#storeOf(resource);
    if (store === undefined) return undefined;
    let entry = this.#sizes.get(store);
    if (entry === undefined) { entry = { objects: 0, bytesEach: 0, measuredAtMs: -Infinity, measuring: false }; this.#sizes.set(store, entry); }
    if (!entry.measuring && store.ready && this.#clock.monotonicNow() - entry.measuredAtMs > MAX_AGE_MS) {
      entry.measuring = true;
      this.#measure(store, entry).then(() => { entry.measuring = false; }, () => { entry.measuring = false; }); // the next request tries again
    }
    return entry.measuredAtMs === -Infinity ? undefined : entry;
  }

  async #measure(store: MeasuredStore, entry: Entry): Promise<void> {
    const { items, remaining = 0 } = await store.list({ keyPrefix: '', limit: SAMPLE_OBJECTS, freshness: { kind: 'any' } });
    entry.objects = items.length + remaining;
    entry.bytesEach = items.length === 0 ? 0 : items.reduce((sum, { bytes }) => sum + bytes.length, 0) / items.length;
    entry.measuredAtMs = this.#clock.monotonicNow();
  }
}
