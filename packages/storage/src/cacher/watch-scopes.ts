import type { StoredObject, WatchEvent, WatchScope } from '../store/object-store.ts';

export interface ScopedListener extends WatchScope { offer(event: WatchEvent, sequence: number): void }

type Listeners = Set<ScopedListener>;

/** Who is to hear of an event, found by the event's key and fields and not by asking every watcher. */
export class WatchScopes {
  readonly #byKey = new Map<string, Listeners>();
  /** By namespace and its slash; '' is everything. */
  readonly #byPrefix = new Map<string, Listeners>();
  readonly #byName = new Map<string, Listeners>();
  readonly #byField = new Map<string, Map<string, Listeners>>();
  #size = 0;

  get size(): number { return this.#size; }

  add(listener: ScopedListener): void {
    const [map, value] = this.#placeOf(listener);
    const listeners = map.get(value);
    if (listeners === undefined) map.set(value, new Set([listener])); else listeners.add(listener);
    this.#size++;
  }

  remove(listener: ScopedListener): void {
    const [map, value] = this.#placeOf(listener);
    const listeners = map.get(value);
    if (listeners?.delete(listener) !== true) return;
    this.#size--;
    if (listeners.size > 0) return;
    map.delete(value);
    if (map.size === 0 && listener.field !== undefined && this.#byField.get(listener.field.name) === map) this.#byField.delete(listener.field.name);
  }

  offer(event: WatchEvent, sequence: number): void {
    const { key } = event.object;
    offerTo(this.#byKey.get(key), event, sequence);
    offerTo(this.#byPrefix.get(''), event, sequence);
    const slash = key.indexOf('/');
    if (slash >= 0 && this.#byPrefix.size > 0) offerTo(this.#byPrefix.get(key.slice(0, slash + 1)), event, sequence);
    if (this.#byName.size > 0) offerTo(this.#byName.get(nameOf(key)), event, sequence);
    for (const [name, byValue] of this.#byField) {
      const now = valueOf(event.object, name);
      const before = event.previous === undefined ? now : valueOf(event.previous, name);
      if (now !== undefined) offerTo(byValue.get(now), event, sequence);
      if (before !== undefined && before !== now) offerTo(byValue.get(before), event, sequence);
    }
  }

  *[Symbol.iterator](): Generator<ScopedListener, void> {
    for (const map of [this.#byKey, this.#byPrefix, this.#byName, ...this.#byField.values()]) for (const listeners of map.values()) yield* listeners;
  }

  #placeOf({ exactKey, name, field, keyPrefix }: WatchScope): [Map<string, Listeners>, string] {
    if (exactKey !== undefined) return [this.#byKey, exactKey];
    if (name !== undefined) return [this.#byName, name];
    if (field === undefined) return [this.#byPrefix, keyPrefix];
    const byValue = this.#byField.get(field.name) ?? new Map<string, Listeners>();
    this.#byField.set(field.name, byValue);
    return [byValue, field.value];
  }
}

/** True when the event is one that a watcher of this scope has to see. */
export function isInScope({ exactKey, name, field, keyPrefix }: WatchScope, { object, previous }: WatchEvent): boolean {
  if (exactKey !== undefined) return object.key === exactKey;
  if (!object.key.startsWith(keyPrefix)) return false;
  if (name !== undefined) return nameOf(object.key) === name;
  return field === undefined || valueOf(object, field.name) === field.value || (previous !== undefined && valueOf(previous, field.name) === field.value);
}

function nameOf(key: string): string { return key.slice(key.lastIndexOf('/') + 1); }

function valueOf(object: StoredObject, field: string): string | undefined { return object.attributes.fields[field]; }

function offerTo(listeners: Listeners | undefined, event: WatchEvent, sequence: number): void {
  if (listeners !== undefined) for (const listener of listeners) listener.offer(event, sequence);
}
