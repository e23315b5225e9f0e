import { nodeV1Resources, type nodeV1 } from '@kubernode/api';
import { notFound } from '@kubernode/apimachinery';
import type { Informer, InformerFactory } from '@kubernode/client';
import type { Pod } from '../pod/pod-facts.ts';

/** The cluster's RuntimeClasses; watched from the first pod on that names one. */
export class RuntimeClasses {
  readonly #factory: InformerFactory;
  #informer: Informer<nodeV1.RuntimeClass> | undefined;

  constructor(factory: InformerFactory) { this.#factory = factory; }

  /** The runtime's handler for a pod; empty for its default. Rejects for a class that does not exist. */
  async handlerOf({ spec }: Pod, signal: AbortSignal): Promise<string> {
    const name = spec?.runtimeClassName ?? '';
    if (name === '') return '';
    this.#informer ??= this.#factory.informer(nodeV1Resources.runtimeclasses);
    if (!this.#informer.hasSynced) await this.#informer.synced(signal);
    const found = this.#informer.lister.get(name);
    if (found === undefined) throw notFound(nodeV1Resources.runtimeclasses, name);
    return found.handler;
  }

  /** The same as far as it is known without asking. */
  knownHandlerOf({ spec }: Pod): string | undefined {
    const name = spec?.runtimeClassName ?? '';
    return name === '' ? '' : this.#informer?.lister.get(name)?.handler;
  }
}
