import type { ResourceRef } from '@kubernode/api';
import { linkSignals, TaskGroup } from '@kubernode/base';
import type { ListSelector } from '../client.ts';
import type { Informer } from '../informer-types.ts';
import type { IndexFunctions } from './indexed-store.ts';
import { ResourceInformer, type InformerDependencies } from './resource-informer.ts';

export interface InformerOptions<T> extends ListSelector { indexes?: IndexFunctions<T> }

/** An informer that tells how far it has seen. */
export interface VersionedInformer<T> extends Informer<T> {
  /** The version of the last change or bookmark; '' before the first list. */
  readonly resourceVersion: string;
}

/** One informer for each resource and selector of a process, however many loops read it. */
export interface InformerFactory {
  /** The informer, which runs as soon as the factory does. Indexes are added to those it has. */
  informer<T>(resource: ResourceRef<T>, options?: InformerOptions<T>): VersionedInformer<T>;
  /** Runs all informers, also those asked for later, until aborted. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves once all informers asked for so far have their first list. */
  synced(signal: AbortSignal): Promise<void>;
  /** Ends an informer that nobody needs any more (a custom resource whose definition went). */
  forget<T>(resource: ResourceRef<T>, selector?: ListSelector): void;
}

interface Entry { informer: ResourceInformer<unknown>; stop: AbortController }

export function createInformerFactory(dependencies: InformerDependencies): InformerFactory {
  const entries = new Map<string, Entry>();
  let group: TaskGroup | undefined;
  const start = ({ informer, stop }: Entry): void => {
    group?.spawn(async (signal) => {
      using either = linkSignals(signal, stop.signal);
      await informer.run(either.signal);
    });
  };
  return {
    informer<T>(resource: ResourceRef<T>, { indexes, ...selector }: InformerOptions<T> = {}) {
      const key = identityOf(resource, selector);
      let entry = entries.get(key);
      if (entry === undefined) {
        entry = { informer: new ResourceInformer(resource as ResourceRef, selector, dependencies), stop: new AbortController() };
        entries.set(key, entry);
        start(entry);
      }
      const informer = entry.informer as ResourceInformer<T>; // kept under its resource
      if (indexes !== undefined) informer.addIndexes(indexes);
      return informer;
    },
    async run(signal) {
      group = new TaskGroup(signal);
      group.spawn((inner) => new Promise((resolve) => { inner.addEventListener('abort', () => { resolve(); }, { once: true }); }));
      for (const entry of entries.values()) start(entry);
      try { await group.done(); } finally { group = undefined; }
    },
    async synced(signal) { await Promise.all([...entries.values()].map(({ informer }) => informer.synced(signal))); },
    forget(resource, selector = {}) {
      const key = identityOf(resource, selector);
      entries.get(key)?.stop.abort();
      entries.delete(key);
    },
  };
}

function identityOf({ group, version, resource }: ResourceRef, { namespace, labelSelector, fieldSelector, metadataOnly }: ListSelector): string {
  return JSON.stringify([group, version, resource, namespace, labelSelector, fieldSelector, metadataOnly === true]);
}
