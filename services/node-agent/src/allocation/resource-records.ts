import { readFile } from 'node:fs/promises';
import type { coreV1 } from '@kubernode/api';
import { errorMessage } from '@kubernode/base';
import { type Logger, replaceFile } from '@kubernode/component-base';

export type Resources = coreV1.ResourceRequirements;
/** Of one pod: by container, and of the pod as a whole where it has any. */
export interface PodRecord { containers: Readonly<Record<string, Resources>>; pod?: Resources | undefined }

/** What each pod of the node has of resources, kept in a file over restarts of the agent. Writes follow changes, several at once. */
export class ResourceRecords {
  readonly #file: string;
  readonly #logger: Logger;
  #records = new Map<string, PodRecord>();
  #writing: Promise<void> | undefined;
  #isStale = false;

  constructor({ file, logger }: { file: string; logger: Logger }) {
    this.#file = file;
    this.#logger = logger;
  }

  /** Reads what an earlier run wrote; a file that cannot be read counts as none, and specs are taken as they stand. */
  async load(): Promise<void> {
    try {
      this.#records = new Map(Object.entries(JSON.parse(await readFile(this.#file, 'utf8')) as Record<string, PodRecord>)); // written by #write
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) this.#logger.warn('cannot read what pods have of resources', { file: this.#file, error: errorMessage(error) });
    }
  }

  get(uid: string): PodRecord | undefined { return this.#records.get(uid); }

  /** Resolves once it is written. */
  set(uid: string, record: PodRecord): Promise<void> {
    if (JSON.stringify(this.#records.get(uid)) === JSON.stringify(record)) return Promise.resolve();
    this.#records.set(uid, record);
    return this.#changed();
  }

  setContainer(uid: string, name: string, resources: Resources): Promise<void> {
    const record = this.#records.get(uid);
    return this.set(uid, { ...record, containers: { ...record?.containers, [name]: resources } });
  }

  setPod(uid: string, resources: Resources): Promise<void> { return this.set(uid, { containers: {}, ...this.#records.get(uid), pod: resources }); }

  remove(uid: string): void { if (this.#records.delete(uid)) void this.#changed(); }

  #changed(): Promise<void> {
    this.#isStale = true;
    this.#writing ??= this.#writeAll().finally(() => { this.#writing = undefined; });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      try {
        await replaceFile(this.#file, JSON.stringify(Object.fromEntries(this.#records)), { mode: 0o600 });
      } catch (error) {
        this.#logger.warn('cannot write what pods have of resources', { file: this.#file, error: errorMessage(error) });
      }
    }
  }
}
