import { abortError } from '@kubernode/base';
import { withoutRevision, type Change, type ListOptions, type ListPage, type ObjectStore, type ReadOptions, type StoredObject, type UpdateResult, type Watcher, type WatchOptions, type WriteOptions } from '@kubernode/storage';
import { ConvertingWatcher } from './converting-watcher.ts';
import { EndingWatcher } from './ending-watcher.ts';
import type { VersionForms } from './version-forms.ts';

export interface VersionStoreInit {
  store: ObjectStore;
  /** Undefined where what is stored is what clients see: one version whose schema never changed. */
  forms: VersionForms | undefined;
  /** Aborts when the definition has changed: watches end, and clients come again. */
  ended: AbortSignal;
}

/** The store of a custom resource as one of its versions shows it: it seems to hold objects of that version. */
export class VersionStore implements ObjectStore {
  readonly #store: ObjectStore;
  readonly #forms: VersionForms | undefined;
  readonly #ended: AbortSignal;

  constructor({ store, forms, ended }: VersionStoreInit) {
    this.#store = store;
    this.#forms = forms;
    this.#ended = ended;
  }

  get prefix(): string { return this.#store.prefix; }
  get revision(): number { return this.#store.revision; }
  get ready(): boolean { return this.#store.ready; }

  async get(key: string, options: ReadOptions): Promise<StoredObject | undefined> {
    const stored = await this.#store.get(key, options);
    return stored === undefined ? undefined : this.#formOf(stored);
  }

  async list(options: ListOptions): Promise<ListPage> {
    if (this.#forms === undefined) return this.#store.list(options);
    if (options.matches === undefined) {
      const page = await this.#store.list(options);
      return { ...page, items: await this.#forms.all(page.items) };
    }
    return this.#listMatching(options, this.#forms);
  }

  async create(key: string, bytes: Buffer, options: Parameters<ObjectStore['create']>[2]): Promise<StoredObject> {
    return this.#formOf(await this.#store.create(key, await this.#toStorage(bytes), this.#forms === undefined ? options : { ...options, object: undefined })); // another one is stored
  }

  async update(key: string, change: Parameters<ObjectStore['update']>[1], options: WriteOptions): Promise<UpdateResult> {
    const forms = this.#forms;
    if (forms === undefined) return this.#store.update(key, change, options);
    const result = await this.#store.update(key, async (stored) => this.#changeOf(forms, stored, await change(stored && await forms.one(stored))), options);
    return { ...result, object: await forms.one(result.object) };
  }

  watch(options: WatchOptions): Watcher {
    if (this.#ended.aborted) throw abortError(this.#ended);
    if (this.#forms === undefined) return new EndingWatcher(this.#store.watch(options), this.#ended);
    const { field: _field, ...scope } = options; // a field of this version says nothing of what is stored
    return new ConvertingWatcher(new EndingWatcher(this.#store.watch(scope), this.#ended), this.#forms);
  }

  async #changeOf(forms: VersionForms, stored: StoredObject | undefined, change: Change): Promise<Change> {
    if (change.kind === 'write') return { ...change, bytes: await forms.toStorage(change.bytes), object: undefined }; // another one is stored
    if (change.kind === 'delete' || stored === undefined || !forms.isOutdated(stored)) return change;
    const form = await forms.one(stored);
    return { kind: 'write', bytes: await forms.toStorage(withoutRevision(form.bytes)) }; // so that rewriting all objects moves them to the stored version of today
  }

  /** What selectors select depends on the version, so all objects are brought to it before. */
  async #listMatching({ matches, limit, afterKey, ...options }: ListOptions, forms: VersionForms): Promise<ListPage> {
    const page = await this.#store.list({ ...options, limit: 0 });
    const found = (await forms.all(page.items)).filter((object) => (afterKey === undefined || object.key > afterKey) && matches?.(object.attributes, object) !== false);
    const last = limit > 0 && found.length > limit ? found[limit - 1] : undefined;
    return { revision: page.revision, items: last === undefined ? found : found.slice(0, limit), ...(last && { nextKey: last.key }) };
  }

  #formOf(stored: StoredObject): StoredObject | Promise<StoredObject> {
    return this.#forms === undefined ? stored : this.#forms.one(stored);
  }

  #toStorage(bytes: Buffer): Buffer | Promise<Buffer> {
    return this.#forms === undefined ? bytes : this.#forms.toStorage(bytes);
  }
}
