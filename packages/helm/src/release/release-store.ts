import { StatusError, type JsonObject } from '@kubernode/apimachinery';
import { errorMessage, type Clock } from '@kubernode/base';
import { operationInProgress, ReleaseError, releaseNotFound } from './release-error.ts';
import type { CallSignal, ObjectRef, ReleaseCluster } from './release-cluster.ts';
import { decodeRelease, encodeRelease, releaseSecretName } from './release-secret.ts';
import { newestFirst, type Release } from './release.ts';
import { releasesToForget } from './releases-to-forget.ts';

/** Releases in the Secrets of a cluster, as Helm 3 keeps them. */
export interface ReleaseStore {
  /** ReleaseError when there is none. */
  get(name: string, version: number, options?: CallSignal): Promise<Release>;
  /** All revisions that are kept, the newest first; none for an unknown name. */
  history(name: string, options?: CallSignal): Promise<Release[]>;
  /** The newest revision; ReleaseError when there is none. */
  last(name: string, options?: CallSignal): Promise<Release>;
  /** Every revision of every release in the store's namespace, of all when it is ''. Secrets that hold no release are told to `warn`. */
  list(options?: CallSignal & { labelSelector?: string }): Promise<Release[]>;
  /** Keeps a new revision, and forgets the oldest beyond `historyMax` (0: none). Refused when another has just kept the same one. */
  create(release: Release, options?: CallSignal & { historyMax?: number }): Promise<void>;
  update(release: Release, options?: CallSignal): Promise<void>;
  delete(release: Release, options?: CallSignal): Promise<void>;
}

export interface ReleaseStoreOptions { cluster: ReleaseCluster; namespace: string; clock: Clock; warn: (message: string) => void }

const SECRET = { apiVersion: 'v1', kind: 'Secret' } as const;

export function createReleaseStore({ cluster, namespace, clock, warn }: ReleaseStoreOptions): ReleaseStore {
  const refOf = ({ name, version }: Pick<Release, 'name' | 'version'>): ObjectRef => ({ ...SECRET, namespace, name: releaseSecretName(name, version) });
  const select = async (labelSelector: string, options?: CallSignal): Promise<Release[]> => {
    const secrets = await cluster.list({ ...SECRET, namespace, labelSelector }, options);
    const decoded = await Promise.all(secrets.map((secret) => decodeOrWarn(secret, warn)));
    return decoded.filter((release) => release !== undefined);
  };
  const store: ReleaseStore = {
    async get(name, version, options) {
      const secret = await cluster.get(refOf({ name, version }), options);
      if (secret === undefined) throw releaseNotFound();
      return decodeRelease(secretOf(secret));
    },
    history: async (name, options) => newestFirst(await select(`name=${name},owner=helm`, options)),
    async last(name, options) {
      const [last] = await store.history(name, options);
      if (last === undefined) throw releaseNotFound();
      return last;
    },
    list: ({ labelSelector = '', signal } = {}) => select(labelSelector === '' ? 'owner=helm' : `owner=helm,${labelSelector}`, { signal }),
    async create(release, { historyMax = 0, signal } = {}) {
      const secret = await encodeRelease(release, { stamp: 'createdAt', now: clock.now() });
      if (historyMax > 0) for (const old of releasesToForget(await store.history(release.name, { signal }), historyMax - 1)) await store.delete(old, { signal });
      try { await cluster.create(refOf(release), { ...secret }, { signal }); } catch (error) {
        throw error instanceof StatusError && error.reason === 'AlreadyExists' ? operationInProgress() : new ReleaseError(`the release cannot be stored: ${errorMessage(error)}`, { cause: error });
      }
    },
    async update(release, options) {
      await cluster.replace(refOf(release), { ...await encodeRelease(release, { stamp: 'modifiedAt', now: clock.now() }) }, options);
    },
    delete: (release, options) => cluster.delete(refOf(release), options),
  };
  return store;
}

/** A Secret that others broke hides no other release. */
async function decodeOrWarn(secret: JsonObject, warn: (message: string) => void): Promise<Release | undefined> {
  try { return await decodeRelease(secretOf(secret)); } catch (error) {
    if (!(error instanceof ReleaseError)) throw error;
    warn(error.message);
    return undefined;
  }
}

function secretOf(object: JsonObject): Parameters<typeof decodeRelease>[0] { return object as unknown as Parameters<typeof decodeRelease>[0]; } // a Secret, from the API server
