import { type coreV1, coreV1Resources, type ResourceRef } from '@kubernode/api';
import type { Informer, InformerFactory } from '@kubernode/client';
import type { ReferencedData } from '../pod/compute-environment.ts';
import { type Pod, podUid } from '../pod/pod-facts.ts';
import { referencedNames } from '../pod/referenced-names.ts';

type Kind = 'configMap' | 'secret';
type Held = coreV1.ConfigMap | coreV1.Secret;

interface Watched {
  informer: Informer<Held>;
  users: Set<string>;
  link: Disposable;
  /** An object that never changes: nothing is watched any more. */
  final: Readonly<Held> | undefined;
}

const RESOURCES: Readonly<Record<Kind, ResourceRef<Held>>> = { configMap: coreV1Resources.configmaps as ResourceRef<Held>, secret: coreV1Resources.secrets as ResourceRef<Held> }; // both are kinds of Held

/** Config maps and secrets that pods of this node name, each watched by its name alone: a node may see no others. Immutable ones are read once. */
export class ReferencedObjects {
  readonly #factory: InformerFactory;
  readonly #onChange: (uid: string) => void;
  readonly #watched = new Map<string, Watched>();

  constructor({ factory, onChange }: { factory: InformerFactory; onChange: (uid: string) => void }) {
    this.#factory = factory;
    this.#onChange = onChange;
  }

  /** Watches what the pod names, and resolves once all of it has been seen. */
  async acquire(pod: Pod, signal: AbortSignal): Promise<void> {
    const { configMaps, secrets } = referencedNames(pod);
    const watched = [...[...configMaps].map((name) => this.#watch('configMap', pod, name)), ...[...secrets].map((name) => this.#watch('secret', pod, name))];
    await Promise.all(watched.filter(({ informer, final }) => final === undefined && !informer.hasSynced).map(({ informer }) => informer.synced(signal)));
    for (const name of configMaps) this.#settle('configMap', pod, name);
    for (const name of secrets) this.#settle('secret', pod, name);
  }

  /** What is there of the pod's references now. */
  view(pod: Pod): ReferencedData {
    const find = (kind: Kind, name: string): Readonly<Held> | undefined => {
      const watched = this.#watched.get(keyOf(kind, pod, name));
      return watched?.final ?? watched?.informer.lister.get(`${pod.metadata.namespace ?? ''}/${name}`);
    };
    return {
      configMap: (name) => find('configMap', name) as Readonly<coreV1.ConfigMap> | undefined, // watched as one
      secret: (name) => find('secret', name) as Readonly<coreV1.Secret> | undefined, // watched as one
    };
  }

  release(uid: string): void {
    for (const [key, { users, link }] of this.#watched) {
      users.delete(uid);
      if (users.size > 0) continue;
      link[Symbol.dispose]();
      this.#watched.delete(key);
      const [kind, namespace, name] = key.split('/') as [Kind, string, string]; // as keyOf joins them
      this.#factory.forget(RESOURCES[kind], selectorOf(namespace, name));
    }
  }

  /** Ends the watch of an object that has become immutable. */
  #settle(kind: Kind, pod: Pod, name: string): void {
    const watched = this.#watched.get(keyOf(kind, pod, name));
    if (watched === undefined || watched.final !== undefined) return;
    const namespace = pod.metadata.namespace ?? '';
    const object = watched.informer.lister.get(`${namespace}/${name}`);
    if (object?.immutable !== true) return;
    watched.final = object;
    watched.link[Symbol.dispose]();
    this.#factory.forget(RESOURCES[kind], selectorOf(namespace, name));
  }

  #watch(kind: Kind, pod: Pod, name: string): Watched {
    const key = keyOf(kind, pod, name);
    let watched = this.#watched.get(key);
    if (watched === undefined) {
      const informer = this.#factory.informer(RESOURCES[kind], selectorOf(pod.metadata.namespace ?? '', name));
      const users = new Set<string>();
      const link = informer.onChange(() => { for (const uid of users) this.#onChange(uid); });
      watched = { informer, users, link, final: undefined };
      this.#watched.set(key, watched);
    }
    watched.users.add(podUid(pod));
    return watched;
  }
}

const keyOf = (kind: Kind, pod: Pod, name: string): string => `${kind}/${pod.metadata.namespace ?? ''}/${name}`;
const selectorOf = (namespace: string, name: string): { namespace: string; fieldSelector: string } => ({ namespace, fieldSelector: `metadata.name=${name}` });
