import type { RequestInfo } from '../pipeline/api-request.ts';

/** Watches of pods are indexed by node: one that names a node hears of few writes. */
const INDEXED_FIELDS: Readonly<Record<string, string>> = { pods: 'spec.nodeName' };
const READ_VERBS: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'proxy']);

/** How many watches each write has to be told to, roughly: watches by resource, namespace and name. */
export class WatchCounts {
  readonly #counts = new Map<string, number>();

  /** Disposing forgets the watch. */
  register(info: RequestInfo, fieldSelector: string | null): Disposable {
    const field = INDEXED_FIELDS[info.resource];
    if (field !== undefined && selectsExactly(fieldSelector, field)) return { [Symbol.dispose]: () => undefined };
    const key = keyOf(info, info.namespace, info.name);
    this.#change(key, 1);
    return { [Symbol.dispose]: () => { this.#change(key, -1); } };
  }

  /** Watches that a write may concern: of all objects, of its namespace, of itself. */
  interestedIn(info: RequestInfo): number {
    const { verb, namespace, name } = info;
    if (READ_VERBS.has(verb) || this.#counts.size === 0) return 0;
    const count = (ofNamespace: string, ofName: string): number => this.#counts.get(keyOf(info, ofNamespace, ofName)) ?? 0;
    return count('', '') + (namespace === '' ? 0 : count(namespace, '')) + (name === '' ? 0 : count(namespace, name));
  }

  #change(key: string, by: number): void {
    const count = (this.#counts.get(key) ?? 0) + by;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}

function keyOf({ group, resource }: RequestInfo, namespace: string, name: string): string {
  return `${group}/${resource}/${namespace}/${name}`;
}

function selectsExactly(selector: string | null, field: string): boolean {
  return (selector ?? '').split(',').some((term) => {
    const [name = '', value = ''] = term.split(/==?/);
    return name.trim() === field && value.trim() !== '';
  });
}
