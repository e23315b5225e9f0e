import { unlimitedController } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import { createObjectStore, type StorageBackend } from '@kubernode/storage';
import type { ObjectSource, ObjectSources } from '../endpoints/endpoint.ts';
import type { ResourceRegistry } from '../registry/resource-registry.ts';
import type { ResourceStorage } from '../registry/served-resource.ts';
import { renaming, type Converter } from './conversion/converter.ts';
import { attributesBy, CustomVersions } from './custom-versions.ts';
import { DEFINITIONS, isTrue, type Definition } from './definition.ts';
import { selectableValues } from './selectable-values.ts';
import { servedVersions, storagePrefix } from './served-versions.ts';
import { StoreSlot } from './store-slot.ts';

export interface CustomResourcesInit {
  backend: StorageBackend;
  registry: ResourceRegistry;
  sources: ObjectSources;
  /** Runs a store's cache for as long as the server lives. */
  spawn(task: (signal: AbortSignal) => Promise<void>): void;
  /** Asks the webhook that a definition names. */
  webhookConverter(definition: Readonly<Definition>): Converter;
  logger: Logger;
}

/** One definition as it is served now. */
interface Serving {
  definition: Readonly<Definition>;
  uid: string;
  slot: StoreSlot;
  versions: CustomVersions;
  /** Ends the watches on what was served before a change. */
  ended: AbortController;
}

/**
 * The custom resources that are served, following their definitions: each replica by its own watch. A definition that another replica
 * has just established is looked up when a request names it, so no replica denies what another has promised.
 */
export class CustomResources {
  readonly #init: CustomResourcesInit;
  readonly #source: ObjectSource<Definition>;
  readonly #servings = new Map<string, Serving>();

  constructor(init: CustomResourcesInit) {
    this.#init = init;
    this.#source = init.sources<Definition>(DEFINITIONS);
    this.#source.onChange(({ type, object }) => { if (type === 'DELETED') this.#leave(object); else this.#follow(object); });
    for (const definition of this.#source.list()) this.#follow(definition); // others may have asked for it before
  }

  /** False until all definitions that there were at the start are known. */
  get ready(): boolean { return this.#source.ready; }

  /** Makes sure that a resource is known if it is established anywhere; true when that changed something. */
  async lookUp(group: string, resource: string): Promise<boolean> {
    const definitions = this.#init.registry.storageOf(DEFINITIONS);
    const name = `${resource}.${group}`;
    if (definitions === undefined || /[/%]/.test(name)) return false;
    const stored = await definitions.store.get(name, { freshness: { kind: 'consistent' } });
    if (stored === undefined) return false;
    return this.#follow(stored.read<Definition>());
  }

  /** Where the objects of a definition are, as long as it is there. */
  storageOf(name: string): ResourceStorage | undefined {
    return this.#servings.get(name)?.versions.stored();
  }

  #follow(definition: Readonly<Definition>): boolean {
    const { name, uid = '' } = definition.metadata;
    let serving = this.#servings.get(name);
    if (serving !== undefined && revisionOf(definition) <= revisionOf(serving.definition)) return false; // a look-up was ahead of the watch
    if (serving !== undefined && serving.uid !== uid) { this.#leave(serving.definition); serving = undefined; }
    if (serving === undefined && !isTrue(definition, 'Established')) return false;
    if (serving === undefined) this.#servings.set(name, serving = this.#join(definition));
    else if (!servesTheSame(serving.definition, definition)) this.#renew(serving, definition);
    serving.definition = definition;
    this.#init.registry.setCustom(name, { versions: serving.versions.served(definition), offered: servedVersions(definition).map(({ offered }) => offered), storage: serving.versions.stored() });
    return true;
  }

  #join(definition: Readonly<Definition>): Serving {
    const { backend, spawn } = this.#init;
    const { group, names: { plural: resource }, versions: [version] } = definition.spec;
    const attributesOf = attributesBy(version && selectableValues(version)); // of objects as they are stored, which matter where one version is all there ever was
    const store = createObjectStore({ backend, prefix: storagePrefix(definition), resource: { group, resource }, attributesOf });
    const slot = new StoreSlot(store, spawn);
    const ended = unlimitedController(); // each watch listens
    return { definition, uid: definition.metadata.uid ?? '', slot, ended, versions: this.#versionsOf(definition, slot, ended) };
  }

  #renew(serving: Serving, definition: Readonly<Definition>): void {
    serving.ended.abort();
    serving.ended = unlimitedController();
    serving.versions = this.#versionsOf(definition, serving.slot, serving.ended);
  }

  #versionsOf(definition: Readonly<Definition>, { store }: StoreSlot, { signal: ended }: AbortController): CustomVersions {
    const converter = definition.spec.conversion?.strategy === 'Webhook' ? this.#init.webhookConverter(definition) : renaming;
    return new CustomVersions(definition, { store, ended, converter });
  }

  #leave({ metadata: { name, uid } }: Readonly<Definition>): void {
    const serving = this.#servings.get(name);
    if (serving === undefined || serving.uid !== uid) return; // another of that name is served already
    this.#servings.delete(name);
    this.#init.registry.setCustom(name, undefined);
    serving.ended.abort();
    serving.slot.close();
    this.#init.logger.info('a custom resource is no longer served', { definition: name });
  }
}

/** Only what clients are told is different, if anything: stores, schemas and watches stay. */
function servesTheSame(a: Readonly<Definition>, b: Readonly<Definition>): boolean {
  return JSON.stringify([a.spec, a.status?.acceptedNames]) === JSON.stringify([b.spec, b.status?.acceptedNames]);
}

function revisionOf({ metadata }: Readonly<Definition>): number {
  return Number(metadata.resourceVersion ?? 0);
}
