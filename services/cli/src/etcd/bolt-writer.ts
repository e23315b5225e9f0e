import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { assert } from '@kubernode/base';
import { BOLT_MAGIC, BOLT_VERSION, BUCKET_ELEMENT, BUCKET_HEAD_BYTES, ELEMENT_BYTES, META_SUMMED_BYTES, metaChecksum, PAGE_HEAD_BYTES, PageFlag } from './bolt-format.ts';
import type { BoltEntry } from './bolt-reader.ts';

/** Of a new file; bbolt reads any size, also one that is not the machine's. */
const PAGE_BYTES = 4096;
const META_PAGES = 2;
/** What a page's head can count. */
const ELEMENTS_MAX = 0xffff;

/**
 * Writes a new file of bbolt from keys in order, bottom up: a full leaf is written and known to the open branch above it, so memory is one
 * page a level. The file is whole once `finish` has returned.
 */
export class BoltWriter implements Disposable {
  readonly #fd: number;
  readonly #buckets: BoltEntry[] = [];
  #nextPage: number = META_PAGES + 1; // behind the list of free pages, which is empty

  constructor(file: string) { this.#fd = openSync(file, 'wx', 0o600); }

  /** Buckets by name in order, and the keys of each in order. */
  bucket(name: string, entries: Iterable<BoltEntry>): void {
    const root = this.#tree(entries, 0);
    const value = Buffer.alloc(BUCKET_HEAD_BYTES);
    value.writeBigUInt64LE(BigInt(root));
    this.#buckets.push({ key: Buffer.from(name, 'latin1'), value });
  }

  finish(): void {
    const root = this.#tree(this.#buckets, BUCKET_ELEMENT);
    const freelist = Buffer.alloc(PAGE_BYTES);
    freelist.writeBigUInt64LE(BigInt(META_PAGES), 0);
    freelist.writeUInt16LE(PageFlag.freelist, 8);
    this.#writeAt(META_PAGES * PAGE_BYTES, freelist);
    for (let page = 0; page < META_PAGES; page++) this.#writeAt(page * PAGE_BYTES, metaPage({ page, root, pages: this.#nextPage }));
    fsyncSync(this.#fd);
  }

  [Symbol.dispose](): void { closeSync(this.#fd); }

  /** The number of the root page. */
  #tree(entries: Iterable<BoltEntry>, leafFlags: number): number {
    const levels: OpenPage[] = [new OpenPage(true, leafFlags)];
    const add = (level: number, element: PageElement): void => {
      const page = levels[level] ??= new OpenPage(false, 0);
      if (page.isFullFor(element)) {
        add(level + 1, { key: page.firstKey, value: EMPTY, child: this.#writePage(page) });
        page.clear();
      }
      page.add(element);
    };
    let previous: Buffer | undefined;
    for (const { key, value } of entries) {
      assert(previous === undefined || Buffer.compare(previous, key) < 0, 'keys come in order');
      previous = Buffer.from(key);
      add(0, { key: previous, value: Buffer.from(value), child: 0 });
    }
    for (let level = 0; ; level++) {
      const page = levels[level] as OpenPage; // there is one above each but the last
      const number = this.#writePage(page);
      if (level === levels.length - 1) return number;
      add(level + 1, { key: page.firstKey, value: EMPTY, child: number });
    }
  }

  #writePage(page: OpenPage): number {
    const number = this.#nextPage;
    const bytes = page.encode(number);
    this.#writeAt(number * PAGE_BYTES, bytes);
    this.#nextPage += bytes.length / PAGE_BYTES;
    return number;
  }

  #writeAt(position: number, bytes: Buffer): void {
    for (let done = 0; done < bytes.length;) done += writeSync(this.#fd, bytes, done, bytes.length - done, position + done);
  }
}

const EMPTY = Buffer.alloc(0);

/** `child` is 0 in a leaf. */
interface PageElement extends BoltEntry { child: number }

/** A page that is being filled. */
class OpenPage {
  readonly #isLeaf: boolean;
  readonly #elementFlags: number;
  #elements: PageElement[] = [];
  #bytes: number = PAGE_HEAD_BYTES;

  constructor(isLeaf: boolean, elementFlags: number) { this.#isLeaf = isLeaf; this.#elementFlags = elementFlags; }

  get firstKey(): Buffer { return this.#elements[0]?.key ?? EMPTY; }

  /** An element that is larger than a page has one of its own, with others that it overflows into. */
  isFullFor(element: PageElement): boolean { return this.#elements.length > 0 && (this.#bytes + sizeOf(element) > PAGE_BYTES || this.#elements.length >= ELEMENTS_MAX); }

  add(element: PageElement): void { this.#elements.push(element); this.#bytes += sizeOf(element); }

  clear(): void { this.#elements = []; this.#bytes = PAGE_HEAD_BYTES; }

  encode(number: number): Buffer {
    const pages = Math.ceil(this.#bytes / PAGE_BYTES);
    const page = Buffer.alloc(pages * PAGE_BYTES);
    page.writeBigUInt64LE(BigInt(number), 0);
    page.writeUInt16LE(this.#isLeaf ? PageFlag.leaf : PageFlag.branch, 8);
    page.writeUInt16LE(this.#elements.length, 10);
    page.writeUInt32LE(pages - 1, 12);
    let contentAt = PAGE_HEAD_BYTES + this.#elements.length * ELEMENT_BYTES;
    this.#elements.forEach(({ key, value, child }, index) => {
      const at = PAGE_HEAD_BYTES + index * ELEMENT_BYTES;
      if (this.#isLeaf) {
        page.writeUInt32LE(this.#elementFlags, at);
        page.writeUInt32LE(contentAt - at, at + 4);
        page.writeUInt32LE(key.length, at + 8);
        page.writeUInt32LE(value.length, at + 12);
      } else {
        page.writeUInt32LE(contentAt - at, at);
        page.writeUInt32LE(key.length, at + 4);
        page.writeBigUInt64LE(BigInt(child), at + 8);
      }
      contentAt += key.copy(page, contentAt);
      contentAt += value.copy(page, contentAt);
    });
    return page;
  }
}

function sizeOf({ key, value }: PageElement): number { return ELEMENT_BYTES + key.length + value.length; }

function metaPage({ page, root, pages }: { page: number; root: number; pages: number }): Buffer {
  const bytes = Buffer.alloc(PAGE_BYTES);
  bytes.writeBigUInt64LE(BigInt(page), 0);
  bytes.writeUInt16LE(PageFlag.meta, 8);
  const meta = bytes.subarray(PAGE_HEAD_BYTES);
  meta.writeUInt32LE(BOLT_MAGIC, 0);
  meta.writeUInt32LE(BOLT_VERSION, 4);
  meta.writeUInt32LE(PAGE_BYTES, 8);
  meta.writeBigUInt64LE(BigInt(root), 16);
  meta.writeBigUInt64LE(BigInt(META_PAGES), 32); // the list of free pages
  meta.writeBigUInt64LE(BigInt(pages), 40);
  meta.writeBigUInt64LE(BigInt(page), 48); // as two transactions would have left them
  meta.writeBigUInt64LE(metaChecksum(meta.subarray(0, META_SUMMED_BYTES)), META_SUMMED_BYTES);
  return bytes;
}
