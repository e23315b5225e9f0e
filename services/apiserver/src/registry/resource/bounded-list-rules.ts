import { duplicate, tooMany, type FieldError } from '@kubernode/apimachinery';

interface ListRules<T> {
  /** Absent: any number. A list that is longer has this fault alone, so that nobody makes the server judge thousands of items. */
  max?: number;
  faults(item: Readonly<T>, path: string): FieldError[];
}

export function listFaults<T>(items: readonly T[] | null | undefined, path: string, { max, faults }: ListRules<T>): FieldError[] {
  if (items === undefined || items === null) return [];
  if (max !== undefined && items.length > max) return [tooMany(path, items.length, max)];
  return items.flatMap((item, index) => faults(item, `${path}[${index}]`));
}

interface SetRules<T> extends ListRules<T> {
  key(item: Readonly<T>): string;
  /** What a repeated item is shown as; absent: its key. */
  show?(item: Readonly<T>): unknown;
}

/** A list whose items differ in their keys. */
export function setFaults<T>(items: readonly T[] | null | undefined, path: string, { max, faults, key, show = key }: SetRules<T>): FieldError[] {
  if (items === undefined || items === null) return [];
  if (max !== undefined && items.length > max) return [tooMany(path, items.length, max)];
  const keys = new Set<string>();
  const repeated = items.flatMap((item, index) => {
    const one = key(item);
    if (keys.has(one)) return [duplicate(`${path}[${index}]`, show(item))];
    keys.add(one);
    return [];
  });
  return [...listFaults(items, path, { faults }), ...repeated];
}

interface MapRules<T> { max?: number; keyBytesMax: number; keyFaults(key: string, path: string): FieldError[]; faults?(value: Readonly<T>, path: string): FieldError[] }

/** Faults of keys stand at the map's own path; keys that are too long are shown without their middle. */
export function mapFaults<T>(map: Readonly<Record<string, T>> | null | undefined, path: string, { max, keyBytesMax, keyFaults, faults }: MapRules<T>): FieldError[] {
  const entries = Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (max !== undefined && entries.length > max) return [tooMany(path, entries.length, max)];
  return entries.flatMap(([key, value]) => [...keyFaults(key, path), ...(faults?.(value, `${path}[${shortened(key, keyBytesMax)}]`) ?? [])]);
}

const ELLIPSIS = '...';

function shortened(text: string, max: number): string {
  if (text.length <= max) return text;
  const kept = max - ELLIPSIS.length;
  return `${text.slice(0, Math.floor((kept + 1) / 2))}${ELLIPSIS}${text.slice(text.length - Math.floor(kept / 2))}`;
}
