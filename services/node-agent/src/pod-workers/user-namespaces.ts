import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile } from '@kubernode/component-base';
import type { cri } from '@kubernode/rpc';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import { type Pod, podUid } from '../pod/pod-facts.ts';
import { podDir } from '../pod/pod-paths.ts';

/** Ids of one pod; the node's own are the first range, which no pod gets. */
const IDS_PER_POD = 65_536;
const RANGES_MAX = 2 ** 32 / IDS_PER_POD;
const FILE = 'userns';
const OF_NODE: cri.UserNamespace = { mode: 'NODE' };

/** Gives each pod that wants a user namespace of its own ids of the host that no other has; they are written down beside the pod. */
export class UserNamespaces {
  readonly #rootDir: string;
  readonly #runtime: Pick<CriRuntime, 'status'>;
  /** Pod → number of its range. */
  #used: Promise<Map<string, number>> | undefined;

  constructor({ rootDir, runtime }: { rootDir: string; runtime: Pick<CriRuntime, 'status'> }) {
    this.#rootDir = rootDir;
    this.#runtime = runtime;
  }

  /** Rejects where the runtime cannot do it. */
  async of(pod: Pod, handler: string): Promise<cri.UserNamespace> {
    if (pod.spec?.hostUsers !== false) return OF_NODE;
    await this.#assertSupported(handler);
    this.#used ??= this.#readAll();
    const used = await this.#used;
    const uid = podUid(pod);
    const range = used.get(uid) ?? freeRange(used);
    used.set(uid, range);
    const ids = [{ hostId: range * IDS_PER_POD, containerId: 0, length: IDS_PER_POD }];
    await this.#write(uid, ids);
    return { mode: 'POD', uids: ids, gids: ids };
  }

  async release(uid: string): Promise<void> { (await this.#used)?.delete(uid); }

  async #assertSupported(handler: string): Promise<void> {
    const { handlers } = await this.#runtime.status();
    const found = handlers.find(({ name }) => name === handler);
    if (found?.userNamespaces === true) return;
    const message = handler === '' ? "can't set `spec.hostUsers: false`, runtime does not support user namespaces" : `can't set \`spec.hostUsers: false\`, RuntimeClass handler "${handler}" does not support user namespaces`;
    throw new Error(handlers.length > 0 && found === undefined ? `${message}: the handler "${handler}" is not known` : message);
  }

  async #write(uid: string, ids: readonly cri.IDMapping[]): Promise<void> {
    await replaceFile(path.join(podDir(this.#rootDir, uid), FILE), JSON.stringify({ uidMappings: ids, gidMappings: ids }), { mode: 0o600, dirMode: 0o750 });
  }

  async #readAll(): Promise<Map<string, number>> {
    const used = new Map<string, number>();
    for (const uid of await readdir(path.join(this.#rootDir, 'pods')).catch(() => [])) { // no pod was ever here
      const text = await readFile(path.join(podDir(this.#rootDir, uid), FILE), 'utf8').catch(() => ''); // most have none
      const hostId = /"hostId":(\d+)/.exec(text)?.[1];
      if (hostId !== undefined) used.set(uid, Number(hostId) / IDS_PER_POD);
    }
    return used;
  }
}

function freeRange(used: ReadonlyMap<string, number>): number {
  const taken = new Set(used.values());
  for (let range = 1; range < RANGES_MAX; range++) if (!taken.has(range)) return range;
  throw new Error('create user namespace: could not find an empty slot to allocate a user namespace');
}
