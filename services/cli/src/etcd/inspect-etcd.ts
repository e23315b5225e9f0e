import { resourceOfKind } from '@kubernode/api';
import { parseApiVersion } from '@kubernode/apimachinery';
import type { EtcdClient, KeyValue } from '@kubernode/rpc';
import { classifyValue } from './classify-value.ts';

/** All values that are the same in kind, version and form. */
export interface InspectedKind {
  /** Of encrypted ones the resource, by its key: the kind is inside. */
  kind: string;
  /** The storage version; empty for encrypted ones. */
  apiVersion: string;
  form: 'json' | 'protobuf' | 'encrypted';
  /** `aescbc key1`, of encrypted ones. */
  sealedBy?: string;
  keys: number;
  bytes: number;
  /** Keys that etcd removes by itself. */
  leased: number;
}

export interface Inspection {
  revision: number;
  keys: number;
  kinds: InspectedKind[];
  unreadable: { key: string; why: string }[];
  /** How many more there are than are named. */
  unreadableMore: number;
  /** Kinds that are neither built in nor defined by a stored CustomResourceDefinition: nobody will serve them. */
  unserved: string[];
}

const PAGE_KEYS = 200;
const UNREADABLE_NAMED_MAX = 100;
const DEFINITION = /customresourcedefinitions\/[^/.]+\.([^/]+)$/;

/** Looks at every key below `prefix` at one revision, a page at a time. Changes nothing. */
export async function inspectEtcd(client: EtcdClient, { prefix, signal }: { prefix: string; signal: AbortSignal }): Promise<Inspection> {
  const tally = new Tally();
  let from = prefix === '' ? '\0' : prefix;
  const rangeEnd = prefix === '' ? '\0' : `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`;
  let revision: number | undefined;
  for (;;) {
    const page = await client.range({ key: from, rangeEnd, limit: PAGE_KEYS, revision }, { signal });
    revision ??= page.revision;
    for (const kv of page.kvs) tally.add(kv);
    const last = page.kvs.at(-1);
    if (!page.more || last === undefined) return tally.result(revision);
    from = `${last.key}\0`;
  }
}

class Tally {
  readonly #kinds = new Map<string, InspectedKind>();
  readonly #definedGroups = new Set<string>();
  readonly #unreadable: { key: string; why: string }[] = [];
  #unreadableMore = 0;
  #keys = 0;

  add(kv: KeyValue): void {
    this.#keys++;
    const [, group] = DEFINITION.exec(kv.key) ?? [];
    if (group !== undefined) this.#definedGroups.add(group);
    const value = classifyValue(kv);
    switch (value.form) {
      case 'bookkeeping': return;
      case 'unreadable':
        if (this.#unreadable.length < UNREADABLE_NAMED_MAX) this.#unreadable.push({ key: kv.key, why: value.why }); else this.#unreadableMore++;
        return;
      case 'encrypted': this.#count(kv, { kind: resourceOfKey(kv.key), apiVersion: '', form: 'encrypted', sealedBy: `${value.provider} ${value.keyName}` }); return;
      case 'json':
      case 'protobuf': this.#count(kv, value);
    }
  }

  result(revision: number): Inspection {
    const kinds = [...this.#kinds.values()].sort((a, b) => a.kind.localeCompare(b.kind) || a.apiVersion.localeCompare(b.apiVersion) || a.form.localeCompare(b.form));
    const unserved = kinds.filter(({ form, kind, apiVersion }) => form !== 'encrypted' && !this.#isServed(kind, apiVersion)).map(({ kind, apiVersion }) => `${apiVersion} ${kind}`);
    return { revision, keys: this.#keys, kinds, unreadable: this.#unreadable, unreadableMore: this.#unreadableMore, unserved: [...new Set(unserved)] };
  }

  #count(kv: KeyValue, { kind, apiVersion, form, sealedBy }: Pick<InspectedKind, 'kind' | 'apiVersion' | 'form' | 'sealedBy'>): void {
    const id = [kind, apiVersion, form, sealedBy].join('\0');
    const counted = this.#kinds.get(id) ?? { kind, apiVersion, form, ...(sealedBy !== undefined && { sealedBy }), keys: 0, bytes: 0, leased: 0 };
    counted.keys++;
    counted.bytes += kv.value.length;
    if (kv.lease !== 0n) counted.leased++;
    this.#kinds.set(id, counted);
  }

  /** A built-in kind may be stored in a version that is served no more: any version of it will do. */
  #isServed(kind: string, apiVersion: string): boolean {
    const { group, version } = parseApiVersion(apiVersion);
    return SERVERS_OWN.has(kind) || this.#definedGroups.has(group) || [version, 'v1', 'v1beta1', 'v1alpha1', 'v2'].some((one) => resourceOfKind({ group, version: one, kind }) !== undefined);
  }
}

/** What API servers keep for themselves in the form of objects. */
const SERVERS_OWN: ReadonlySet<string> = new Set(['RangeAllocation', 'Endpoints', 'APIService', 'CustomResourceDefinition']);

/** `/registry/secrets/default/a` → `secrets`; below a group's own folder, that and the resource. */
function resourceOfKey(key: string): string {
  const [, , first = '', second = ''] = key.split('/');
  return first.includes('.') ? `${second}.${first}` : first;
}
