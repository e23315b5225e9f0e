import type { KubeObject } from '@kubernode/apimachinery';
import type { FakeEtcd } from '@kubernode/testing';

export type Stored = Readonly<KubeObject> & { spec?: Record<string, unknown>; status?: Record<string, unknown> };

/** One write as etcd has it. */
export interface Version {
  revision: number;
  /** Since the world began, ms. */
  atMs: number;
  /** First part of the key: `pods`, `replicasets`. */
  resource: string;
  key: string;
  object: Stored | undefined;
  previous: Stored | undefined;
}

const OPENING_BRACE = 0x7b;

/** Everything that was ever stored, read from etcd itself and not through any server: what an all-seeing observer knows. */
export class History {
  readonly #etcd: FakeEtcd;
  readonly #now: () => number;
  readonly #current = new Map<string, Map<string, Stored>>();
  #revision = 0;

  constructor(etcd: FakeEtcd, now: () => number) {
    this.#etcd = etcd;
    this.#now = now;
  }

  get revision(): number { return this.#revision; }

  /** Objects as they are, in the order in which they were made. */
  all(resource: string): Iterable<Stored> { return this.#current.get(resource)?.values() ?? []; }
  get(resource: string, key: string): Stored | undefined { return this.#current.get(resource)?.get(key); }

  /** What happened since the last call. */
  *read(): Generator<Version, void> {
    for (const { type, kv } of this.#etcd.eventsAfter(this.#revision)) {
      this.#revision = kv.modRevision;
      const [, , resource = ''] = kv.key.split('/');
      const ofResource = this.#current.get(resource) ?? new Map<string, Stored>();
      this.#current.set(resource, ofResource);
      const previous = ofResource.get(kv.key);
      if (type === 'delete') {
        if (!ofResource.delete(kv.key)) continue; // not an object
        yield { revision: kv.modRevision, atMs: this.#now(), resource, key: kv.key, object: undefined, previous };
      } else if (kv.value[0] === OPENING_BRACE) {
        const object = JSON.parse(kv.value.toString('utf8')) as Stored; // written by the API server
        ofResource.set(kv.key, object);
        yield { revision: kv.modRevision, atMs: this.#now(), resource, key: kv.key, object, previous };
      }
    }
  }
}
