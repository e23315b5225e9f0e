import { alreadyExists, isAlreadyExists, type GroupResource, type KubeObject } from '@kubernode/apimachinery';
import type { Clock, Rng } from '@kubernode/base';
import type { ObjectStore } from '@kubernode/storage';
import { encodeForStore } from '../../write/encode-object.ts';
import { fillForCreate } from '../../write/object-metadata.ts';

/** Whose a claim is. */
export interface ClaimOwner { namespace: string; name: string }

/** An object that stands for something only one service may have; its name says what. */
export type Claim = KubeObject & { spec?: { parentRef?: { group?: string; resource?: string; namespace?: string; name?: string } } };

export interface ClaimsOptions {
  store: ObjectStore;
  /** Puts a new one there; rejects with AlreadyExists. */
  create(claim: Claim): Promise<unknown>;
  /** kind, apiVersion and labels of a claim's object. */
  describe(name: string): { kind: string; apiVersion: string; labels?: Record<string, string> };
}

/**
 * Cluster IPs or node ports that are taken, one key in etcd each. Taking one is creating its key, so of any number of replicas one wins,
 * and what is not contended for is not waited for; no range object has to be read, changed and compared. A claim names its service, so
 * what a crash leaves behind is told from what is in use.
 */
export class Claims {
  readonly #options: ClaimsOptions;

  constructor(options: ClaimsOptions) { this.#options = options; }

  /** False when somebody has it, be it the same service. */
  async take(name: string, owner: ClaimOwner): Promise<boolean> {
    try {
      await this.#options.create(this.#object(name, owner));
      return true;
    } catch (error) {
      if (isAlreadyExists(error)) return false;
      throw error;
    }
  }

  /** Gives it back; what another service has stays. */
  async release(name: string, owner: ClaimOwner): Promise<void> {
    await this.#options.store.update(name, (current) => (current !== undefined && isOwned(current.decode<Claim>(), owner) ? { kind: 'delete' } : { kind: 'unchanged' }), {});
  }

  async has(name: string, owner: ClaimOwner): Promise<boolean> {
    const claim = await this.#options.store.get(name, { freshness: { kind: 'consistent' } });
    return claim !== undefined && isOwned(claim.decode<Claim>(), owner);
  }

  /** As far as the cache knows: good for choosing what to try. */
  async seemsTaken(name: string): Promise<boolean> {
    return await this.#options.store.get(name, { freshness: { kind: 'any' } }) !== undefined;
  }

  async list(): Promise<Claim[]> {
    const { items } = await this.#options.store.list({ keyPrefix: '', limit: 0, freshness: { kind: 'consistent' } });
    return items.map((item) => item.decode<Claim>());
  }

  #object(name: string, { namespace, name: service }: ClaimOwner): Claim {
    const { kind, apiVersion, labels } = this.#options.describe(name);
    return { kind, apiVersion, metadata: { name, ...(labels && { labels }) }, spec: { parentRef: { resource: 'services', namespace, name: service } } };
  }
}

/** How claims are created that no client ever sees. */
export function unseenClaims({ store, resource, clock, rng }: { store: ObjectStore; resource: GroupResource; clock: Clock; rng: Rng }): ClaimsOptions['create'] {
  return (claim) => {
    fillForCreate(claim, { namespace: '', now: clock.now(), rng });
    const { name } = claim.metadata;
    return store.create(name, encodeForStore(claim), { exists: () => alreadyExists(resource, name) });
  };
}

export function isOwned({ spec }: Readonly<Claim>, { namespace, name }: ClaimOwner): boolean {
  const { group = '', resource, namespace: ofNamespace, name: ofName } = spec?.parentRef ?? {};
  return group === '' && resource === 'services' && ofNamespace === namespace && ofName === name;
}
