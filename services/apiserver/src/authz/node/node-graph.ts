import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { ObjectSource } from '../../endpoints/endpoint.ts';
import { podReferences, volumeSecrets } from './node-references.ts';

/** Anything else that belongs to one node: volume attachments, resource slices. */
export interface NodeOwned { resource: 'volumeattachments' | 'resourceslices'; nodeNameOf(object: Readonly<KubeObject>): string | undefined }

interface Placed { node: string; keys: readonly string[] }

/**
 * Which nodes need which objects.
 *
 *     pod → node;  secret, config map, claim, service account → pods that use it;  volume → its claim;  secret of a volume → that volume
 *
 * Counts, not edges: an object is needed by a node as long as one of its pods refers to it.
 */
export class NodeGraph {
  /** object key → node → how many holders on that node refer to it. */
  readonly #needed = new Map<string, Map<string, number>>();
  /** holder key → what it contributed, so that it can be taken back exactly. */
  readonly #placed = new Map<string, Placed>();
  /** volume name → claim key; secret key → volume names. */
  readonly #claimOf = new Map<string, string>();
  readonly #volumesOf = new Map<string, Set<string>>();
  readonly #secretsOf = new Map<string, readonly string[]>();

  setPod(pod: Readonly<coreV1.Pod>): void {
    const holder = `pods/${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
    const node = pod.spec?.nodeName ?? '';
    this.#place(holder, node === '' ? undefined : { node, keys: podReferences(pod) });
  }

  deletePod(namespace: string, name: string): void { this.#place(`pods/${namespace}/${name}`, undefined); }

  /** An object that is a node's own; without a node it is nobody's. */
  setOwned(resource: string, namespace: string, name: string, node: string | undefined): void {
    const key = `${resource}/${namespace}/${name}`;
    this.#place(key, node === undefined || node === '' ? undefined : { node, keys: [key] });
  }

  setVolume(volume: Readonly<coreV1.PersistentVolume>): void {
    this.deleteVolume(volume.metadata.name);
    const claim = volume.spec?.claimRef;
    if (claim === undefined) return;
    this.#claimOf.set(volume.metadata.name, `persistentvolumeclaims/${claim.namespace ?? ''}/${claim.name ?? ''}`);
    const secrets = volumeSecrets(volume);
    this.#secretsOf.set(volume.metadata.name, secrets);
    for (const secret of secrets) {
      const volumes = this.#volumesOf.get(secret);
      if (volumes === undefined) this.#volumesOf.set(secret, new Set([volume.metadata.name]));
      else volumes.add(volume.metadata.name);
    }
  }

  deleteVolume(name: string): void {
    for (const secret of this.#secretsOf.get(name) ?? []) {
      const volumes = this.#volumesOf.get(secret);
      volumes?.delete(name);
      if (volumes?.size === 0) this.#volumesOf.delete(secret);
    }
    this.#secretsOf.delete(name);
    this.#claimOf.delete(name);
  }

  /** Whether a node needs an object of a resource. */
  needs(node: string, resource: string, namespace: string, name: string): boolean {
    if (resource === 'persistentvolumes') return this.#needsVolume(node, name);
    const key = `${resource}/${namespace}/${name}`;
    if (this.#needed.get(key)?.has(node) === true) return true;
    if (resource !== 'secrets') return false;
    for (const volume of this.#volumesOf.get(key) ?? []) if (this.#needsVolume(node, volume)) return true;
    return false;
  }

  #needsVolume(node: string, volume: string): boolean {
    const claim = this.#claimOf.get(volume);
    return claim !== undefined && this.#needed.get(claim)?.has(node) === true;
  }

  #place(holder: string, placed: Placed | undefined): void {
    const before = this.#placed.get(holder);
    if (before !== undefined) for (const key of before.keys) this.#count(key, before.node, -1);
    if (placed === undefined) { this.#placed.delete(holder); return; }
    this.#placed.set(holder, placed);
    for (const key of placed.keys) this.#count(key, placed.node, 1);
  }

  #count(key: string, node: string, step: 1 | -1): void {
    let nodes = this.#needed.get(key);
    if (nodes === undefined) this.#needed.set(key, nodes = new Map());
    const count = (nodes.get(node) ?? 0) + step;
    if (count > 0) nodes.set(node, count);
    else nodes.delete(node);
    if (nodes.size === 0) this.#needed.delete(key);
  }
}

/** Keeps a graph in step with live objects; disposing stops that. */
export function followNodes(graph: NodeGraph, sources: {
  pods: ObjectSource<coreV1.Pod & KubeObject>;
  persistentVolumes: ObjectSource<coreV1.PersistentVolume & KubeObject>;
  owned: readonly (NodeOwned & { source: ObjectSource })[];
}): Disposable {
  const { pods, persistentVolumes, owned } = sources;
  const links = [
    pods.onChange(({ type, object }) => { if (type === 'DELETED') graph.deletePod(object.metadata.namespace ?? '', object.metadata.name); else graph.setPod(object); }),
    persistentVolumes.onChange(({ type, object }) => { if (type === 'DELETED') graph.deleteVolume(object.metadata.name); else graph.setVolume(object); }),
  ];
  for (const pod of pods.list()) graph.setPod(pod);
  for (const volume of persistentVolumes.list()) graph.setVolume(volume);
  for (const { resource, source, nodeNameOf } of owned) {
    const set = (object: Readonly<KubeObject>, node: string | undefined): void => graph.setOwned(resource, object.metadata.namespace ?? '', object.metadata.name, node);
    links.push(source.onChange(({ type, object }) => set(object, type === 'DELETED' ? undefined : nodeNameOf(object))));
    for (const object of source.list()) set(object, nodeNameOf(object));
  }
  return { [Symbol.dispose]: () => { for (const link of links) link[Symbol.dispose](); } };
}
