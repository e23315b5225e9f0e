import { formatApiVersion, type ObjectMeta } from '@kubernode/apimachinery';
import { apiextensionsV1Resources, type ResourceRef } from '@kubernode/api';
import { errorMessage, isAbortError, linkSignals, TaskGroup, timeLimit } from '@kubernode/base';
import type { Runtime } from '@kubernode/controller';
import { discoverResources, type DiscoveredResource } from '../discovered-resources.ts';

export interface ResourceMonitorsOptions {
  runtime: Pick<Runtime, 'client' | 'informers' | 'clock' | 'logger'>;
  /** Resources that other controllers read in full anyway: their informers are shared, not doubled. */
  shared: ReadonlySet<string>;
  onChange(resource: ResourceRef, metadata: Readonly<ObjectMeta> | undefined, previous: Readonly<ObjectMeta> | undefined): void;
  /** A resource is not served any more; these objects of it were there last. */
  onForgotten(objects: readonly Readonly<ObjectMeta>[]): void;
  onDiscoveryFailed(): void;
}

interface Monitor { resource: DiscoveredResource; listener: Disposable }

/** How often to ask what the cluster serves; a change of a custom resource's definition is seen at once. */
const REFRESH_MS = 30_000;
/** A new definition is served only when its names are accepted. */
const AFTER_DEFINITION_MS = 1000;
const RETRY_MS = 1000;
/** What does not answer for this long is not waited for when the collector starts. */
const INITIAL_SYNC_MAX_MS = 30_000;

/** Watches the metadata of everything in the cluster that can be listed, watched and deleted, and keeps up with what is served. Events own and are owned by nothing. */
export class ResourceMonitors {
  readonly #options: ResourceMonitorsOptions;
  readonly #monitors = new Map<string, Monitor>();
  #byKind: ReadonlyMap<string, DiscoveredResource> = new Map();
  #definitionsChanged = false; // since the last discovery began
  #wake: AbortController | undefined;

  constructor(options: ResourceMonitorsOptions) { this.#options = options; }

  /** The resource of a kind in exactly this version; undefined when it is not served. */
  resourceOf(kind: string): DiscoveredResource | undefined { return this.#byKind.get(kind); }

  /** Keeps up until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, informers } = this.#options.runtime;
    using _definitions = informers.informer(apiextensionsV1Resources.customresourcedefinitions, { metadataOnly: true }).onChange(() => {
      this.#definitionsChanged = true;
      this.#wake?.abort();
    });
    try {
      for (;;) {
        this.#definitionsChanged = false;
        const found = await this.#refresh(signal);
        await this.#sleepUntilDue(found ? REFRESH_MS : RETRY_MS, signal);
        if (this.#definitionsChanged) await clock.sleep(AFTER_DEFINITION_MS, { signal });
      }
    } finally { for (const { listener } of this.#monitors.values()) listener[Symbol.dispose](); }
  }

  /** Ends early when a definition changes, also when it did before this was called. */
  async #sleepUntilDue(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#definitionsChanged) return;
    using wake = linkSignals(signal);
    this.#wake = wake;
    await this.#options.runtime.clock.sleep(ms, { signal: wake.signal }).catch(ignoreWake(signal));
  }

  /** Resolves when all there is has been seen once, or when waiting longer makes no sense. */
  async synced(signal: AbortSignal): Promise<void> {
    const { clock, informers, logger } = this.#options.runtime;
    using waiting = timeLimit({ clock, ms: INITIAL_SYNC_MAX_MS }, signal);
    try {
      while (this.#monitors.size === 0) await clock.sleep(RETRY_MS / 20, { signal: waiting.signal });
      const group = new TaskGroup(waiting.signal);
      for (const { resource } of this.#monitors.values()) group.spawn((inner) => informers.informer(resource, this.#selector(resource)).synced(inner));
      await group.done();
    } catch (error) {
      if (!isAbortError(error) || signal.aborted) throw error;
      logger.warn('collecting garbage although not all resources were seen yet');
    }
  }

  async #refresh(signal: AbortSignal): Promise<boolean> {
    const { client, logger } = this.#options.runtime;
    try {
      const { resources, byKind, stale } = await discoverResources(client, signal);
      this.#byKind = byKind;
      const usable = resources.filter(({ resource, verbs }) => resource !== 'events' && ['list', 'watch', 'delete'].every((verb) => verbs.includes(verb)));
      this.#follow(new Map(usable.map((one) => [idOf(one), one])), stale.length === 0);
      if (stale.length > 0) this.#options.onDiscoveryFailed();
      return true;
    } catch (error) {
      if (isAbortError(error) && signal.aborted) throw error;
      this.#options.onDiscoveryFailed();
      logger.warn('discovery failed', { error: errorMessage(error) });
      return false;
    }
  }

  /** Where some group does not answer, nothing is given up. */
  #follow(wanted: ReadonlyMap<string, DiscoveredResource>, complete: boolean): void {
    const { informers } = this.#options.runtime;
    for (const [key, { resource, listener }] of this.#monitors) {
      if (wanted.has(key) || !complete) continue;
      listener[Symbol.dispose]();
      this.#monitors.delete(key);
      this.#options.onForgotten(informers.informer(resource as ResourceRef<{ metadata: ObjectMeta }>, this.#selector(resource)).lister.list().map(({ metadata }) => metadata)); // every object has metadata
      if (!this.#options.shared.has(idOf(resource))) informers.forget(resource, { metadataOnly: true }); // nobody answers any more
    }
    for (const [key, resource] of wanted) {
      if (this.#monitors.has(key)) continue;
      const informer = informers.informer(resource as ResourceRef<{ metadata: ObjectMeta }>, this.#selector(resource)); // as above
      this.#monitors.set(key, { resource, listener: informer.onChange(({ object, previous }) => { this.#options.onChange(resource, object?.metadata, previous?.metadata); }) });
    }
  }

  #selector(resource: ResourceRef): { metadataOnly?: true } {
    return this.#options.shared.has(idOf(resource)) ? {} : { metadataOnly: true };
  }
}

/** A resource in one version: another version is watched anew. */
export function idOf(resource: ResourceRef): string { return `${resource.resource} ${formatApiVersion(resource)}`; }

function ignoreWake(signal: AbortSignal): (error: unknown) => void {
  return (error) => { if (!isAbortError(error) || signal.aborted) throw error; };
}
