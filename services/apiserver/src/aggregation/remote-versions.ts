import type { ObjectSource } from '../endpoints/endpoint.ts';
import { remoteVersion, type ApiService, type RemoteVersion } from './api-service.ts';

/** The versions of groups that other servers answer for, as APIServices say. */
export class RemoteVersions {
  readonly #byVersion = new Map<string, RemoteVersion>();
  #revision = 0;
  readonly #listeners = new Set<() => void>();

  constructor(source: ObjectSource<ApiService>) {
    source.onChange(({ type, object }) => {
      const { group = '', version = '' } = object.spec ?? {};
      const remote = type === 'DELETED' ? undefined : remoteVersion(object);
      if (remote === undefined ? this.#byVersion.delete(`${group}/${version}`) : this.#byVersion.set(`${group}/${version}`, remote)) this.#changed();
    });
  }

  /** Grows with every change. */
  get revision(): number { return this.#revision; }

  get size(): number { return this.#byVersion.size; }

  get(group: string, version: string): RemoteVersion | undefined { return this.#byVersion.get(`${group}/${version}`); }

  list(): RemoteVersion[] { return [...this.#byVersion.values()]; }

  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => { this.#listeners.delete(listener); } };
  }

  #changed(): void {
    this.#revision++;
    for (const listener of this.#listeners) listener();
  }
}
