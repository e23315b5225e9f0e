import { errorMessage, isAbortError, WakeUp, type Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import { isNotFound } from '@kubernode/apimachinery';
import type { ObjectSource, ObjectSources, ObjectWriter } from '../endpoints/endpoint.ts';
import type { ResourceStorage } from '../registry/served-resource.ts';
import { encodeForStore } from '../registry/write/encode-object.ts';
import { decideStatus } from './decide-status.ts';
import { faultsOfLongAgo } from './faults-of-long-ago.ts';
import { CLEANUP_FINALIZER, DEFINITIONS, isTrue, withCondition, type Definition, type DefinitionCondition } from './definition.ts';
import { removeInstances } from './remove-instances.ts';

export interface DefinitionControllerInit {
  sources: ObjectSources;
  writer: ObjectWriter;
  storageOf(resource: { group: string; resource: string }): ResourceStorage | undefined;
  /** Where the objects of a definition are; undefined while nothing of it is served. */
  instancesOf(definition: string): ResourceStorage | undefined;
  clock: Clock;
  logger: Logger;
}

const RETRY_MS = 1_000;

/**
 * Says in the status of definitions which names they have and whether they are served, and removes their objects before they go. Every
 * replica does it: what is written follows from what is there, so it does not matter who is first.
 */
export class DefinitionController {
  readonly #init: DefinitionControllerInit;
  readonly #definitions: ObjectSource<Definition>;
  /** Names to look at, in order. Bounded by the number of definitions. */
  readonly #due = new Set<string>();
  readonly #wakeUp = new WakeUp();

  constructor(init: DefinitionControllerInit) {
    this.#init = init;
    this.#definitions = init.sources<Definition>(DEFINITIONS);
  }

  async run(signal: AbortSignal): Promise<void> {
    using _following = this.#definitions.onChange(({ type, object }) => {
      if (type !== 'DELETED') this.#add(object.metadata.name);
      else this.#addGroup(object);
    });
    for (const { metadata: { name } } of this.#definitions.list()) this.#add(name);
    while (!signal.aborted) {
      const [name] = this.#due;
      if (name === undefined) await this.#wakeUp.heard(signal);
      else { this.#due.delete(name); await this.#lookAt(name, signal); }
    }
  }

  #add(name: string): void {
    this.#due.add(name);
    this.#wakeUp.ring();
  }

  /** Names that one definition gives up another may take. */
  #addGroup({ metadata, spec: { group } }: Readonly<Definition>): void {
    for (const other of this.#definitions.list()) if (other.spec.group === group && other.metadata.name !== metadata.name) this.#add(other.metadata.name);
  }

  async #lookAt(name: string, signal: AbortSignal): Promise<void> {
    const definition = this.#definitions.get('', name);
    if (definition === undefined) return;
    try {
      const isGoing = definition.metadata.deletionTimestamp !== undefined && definition.metadata.finalizers?.includes(CLEANUP_FINALIZER) === true;
      await (isGoing ? this.#remove(definition, signal) : this.#writeStatus(definition));
    } catch (error) {
      if (isAbortError(error) || isNotFound(error)) return;
      this.#init.logger.warn('a definition cannot be brought in order and is tried again', { definition: name, error: errorMessage(error) });
      this.#later(name);
    }
  }

  #later(name: string): void {
    this.#init.clock.after(RETRY_MS, () => this.#add(name));
  }

  async #writeStatus(definition: Readonly<Definition>): Promise<void> {
    const { writer } = this.#init;
    if (this.#statusOf(definition) === undefined) return;
    let released = false;
    await writer.update<Definition>(DEFINITIONS, keyOf(definition), (current) => {
      const status = this.#statusOf(current);
      released = status !== undefined && JSON.stringify(status.acceptedNames) !== JSON.stringify(current.status?.acceptedNames);
      return status === undefined ? undefined : { ...current, status };
    }, { subresource: 'status' });
    if (released) this.#addGroup(definition);
  }

  #statusOf(definition: Readonly<Definition>): Definition['status'] {
    const others = [...this.#definitions.list()].filter(({ metadata }) => metadata.name !== definition.metadata.name);
    return decideStatus(definition, { others, structuralFaults: faultsOfLongAgo(definition), now: this.#init.clock.now() });
  }

  /** One step of a definition's end; there are more while finalizers hold objects back. */
  async #remove(definition: Readonly<Definition>, signal: AbortSignal): Promise<void> {
    const { name } = definition.metadata;
    if (!isTrue(definition, 'Established')) return this.#release(definition, NEVER_ESTABLISHED);
    await this.#say(definition, IN_PROGRESS);
    const instances = this.#init.instancesOf(name);
    if (instances === undefined) return this.#later(name); // this replica has yet to see that it is established
    try {
      const held = await removeInstances(instances, { now: () => this.#init.clock.now(), signal });
      if (held > 0) return this.#later(name);
    } catch (error) {
      if (isAbortError(error)) throw error;
      await this.#say(definition, { ...IN_PROGRESS, reason: 'InstanceDeletionFailed', message: `could not issue all deletes: ${errorMessage(error)}` });
      throw error;
    }
    await this.#release(definition, COMPLETED);
  }

  async #say(definition: Readonly<Definition>, condition: DefinitionCondition): Promise<void> {
    await this.#init.writer.update<Definition>(DEFINITIONS, keyOf(definition), (current) => {
      const old = current.status?.conditions?.find(({ type }) => type === condition.type);
      if (old?.status === condition.status && old.reason === condition.reason && old.message === condition.message) return undefined;
      return withStatusCondition(current, condition, this.#init.clock.now());
    }, { subresource: 'status' });
  }

  /** Without the finalizer it is gone, unless others hold it. */
  async #release({ metadata: { name, uid } }: Readonly<Definition>, condition: DefinitionCondition): Promise<void> {
    const storage = this.#init.storageOf(DEFINITIONS);
    await storage?.store.update(name, (stored) => {
      const current = stored?.decode<Definition>();
      if (current === undefined || current.metadata.uid !== uid) return { kind: 'unchanged' };
      const finalizers = (current.metadata.finalizers ?? []).filter((one) => one !== CLEANUP_FINALIZER);
      if (finalizers.length === 0) return { kind: 'delete' };
      return { kind: 'write', bytes: encodeForStore(withStatusCondition({ ...current, metadata: { ...current.metadata, finalizers } }, condition, this.#init.clock.now())) };
    }, {});
  }
}

const IN_PROGRESS: DefinitionCondition = { type: 'Terminating', status: 'True', reason: 'InstanceDeletionInProgress', message: 'CustomResource deletion is in progress' };
const COMPLETED: DefinitionCondition = { type: 'Terminating', status: 'False', reason: 'InstanceDeletionCompleted', message: 'removed all instances' };
const NEVER_ESTABLISHED: DefinitionCondition = { type: 'Terminating', status: 'False', reason: 'NeverEstablished', message: 'resource was never established' };

function keyOf({ metadata: { name } }: Readonly<Definition>): { namespace: string; name: string } {
  return { namespace: '', name };
}

function withStatusCondition(definition: Definition, condition: DefinitionCondition, now: number): Definition {
  return { ...definition, status: { ...definition.status, conditions: withCondition(definition.status?.conditions ?? [], condition, now) } };
}
