import { errorMessage, isAbortError, WakeUp, type Clock } from '@kubernode/base';
import { isAlreadyExists, isNotFound, type KubeObject } from '@kubernode/apimachinery';
import type { Logger } from '@kubernode/component-base';
import { localApiService } from '../bootstrap/api-services.ts';
import type { ObjectSource, ObjectSources, ObjectWriter } from '../endpoints/endpoint.ts';
import { DEFINITIONS, type Definition } from './definition.ts';

const API_SERVICES = { group: 'apiregistration.k8s.io', resource: 'apiservices' };
const MANAGED_LABEL = 'kube-aggregator.kubernetes.io/automanaged';
/** Of objects that come and go with definitions, unlike those of built-in groups. */
const MANAGED_VALUE = 'true';
/** Behind every built-in group, and all versions alike: their names tell them apart. */
const PRIORITIES = [1_000, 100] as const;
const RETRY_MS = 1_000;

/** Keeps an APIService for each version of a group that definitions have. */
export class ApiServiceSync {
  readonly #definitions: ObjectSource<Definition>;
  readonly #services: ObjectSource<KubeObject>;
  readonly #writer: ObjectWriter;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #wakeUp = new WakeUp();

  constructor({ sources, writer, clock, logger }: { sources: ObjectSources; writer: ObjectWriter; clock: Clock; logger: Logger }) {
    this.#definitions = sources<Definition>(DEFINITIONS);
    this.#services = sources(API_SERVICES);
    this.#writer = writer;
    this.#clock = clock;
    this.#logger = logger;
  }

  async run(signal: AbortSignal): Promise<void> {
    using _definitions = this.#definitions.onChange(() => this.#wakeUp.ring());
    using _services = this.#services.onChange(() => this.#wakeUp.ring());
    for (this.#wakeUp.ring(); !signal.aborted; await this.#wakeUp.heard(signal)) {
      if (this.#definitions.ready && this.#services.ready) await this.#sync(signal);
      else this.#again();
    }
  }

  #again(): void {
    this.#clock.after(RETRY_MS, () => this.#wakeUp.ring());
  }

  async #sync(signal: AbortSignal): Promise<void> {
    const wanted = wantedServices([...this.#definitions.list()]);
    try {
      for (const [name, key] of wanted) if (this.#services.get('', name) === undefined) await this.#create(key);
      for (const { metadata } of [...this.#services.list()]) {
        if (metadata.labels?.[MANAGED_LABEL] === MANAGED_VALUE && !wanted.has(metadata.name)) await this.#remove(metadata.name);
      }
    } catch (error) {
      if (isAbortError(error) && signal.aborted) return;
      this.#logger.warn('APIServices of custom resources cannot be kept and are tried again', { error: errorMessage(error) });
      this.#again();
    }
  }

  async #create(key: string): Promise<void> {
    try {
      await this.#writer.create(API_SERVICES, localApiService(key, PRIORITIES, MANAGED_VALUE));
    } catch (error) {
      if (!isAlreadyExists(error)) throw error; // another replica was faster
    }
  }

  async #remove(name: string): Promise<void> {
    try {
      await this.#writer.remove(API_SERVICES, '', name);
    } catch (error) {
      if (!isNotFound(error)) throw error; // likewise
    }
  }
}

/** Name → `group/version`, for each version that a definition serves. */
export function wantedServices(definitions: readonly Readonly<Definition>[]): Map<string, string> {
  return new Map(definitions.flatMap(({ spec }) => spec.versions.filter(({ served }) => served).map(({ name }) => [`${name}.${spec.group}`, `${spec.group}/${name}`] as const)));
}
