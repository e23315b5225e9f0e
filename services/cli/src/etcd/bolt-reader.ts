import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UserError } from '@kubernode/component-base';
import { BOLT_MAGIC, BOLT_VERSION, BUCKET_ELEMENT, BUCKET_HEAD_BYTES, ELEMENT_BYTES, META_SUMMED_BYTES, metaChecksum, PAGE_HEAD_BYTES, PageFlag } from './bolt-format.ts';

export interface BoltEntry { key: Buffer; value: Buffer }

interface Meta { pageSize: number; root: number; pages: number; transaction: bigint }
interface Element { key: Buffer; value: Buffer; isBucket: boolean; child: number }

/** Deeper trees are not made by any amount of data; a file that says so is broken. */
const DEPTH_MAX = 32;
const PAGE_SIZE_MIN = 512, PAGE_SIZE_MAX = 65_536;

/**
 * Reads a file of bbolt that nobody writes meanwhile, page by page, in the order of keys: memory is one page a level. Nothing in the file is
 * trusted: every page and every offset is checked, and what does not fit is a UserError that names the file.
 */
export class BoltReader implements Disposable {
  readonly #file: string;
  readonly #fd: number;
  readonly #size: number;
  readonly #meta: Meta;

  constructor(file: string) {
    this.#file = file;
    this.#fd = openSync(file, 'r');
    this.#size = fstatSync(this.#fd).size;
    try { this.#meta = this.#readMeta(); } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  get pageSize(): number { return this.#meta.pageSize; }

  /** In order. */
  buckets(): string[] { return [...this.#walk(this.#meta.root, 0)].filter(({ isBucket }) => isBucket).map(({ key }) => key.toString('latin1')); }

  /** All keys of a bucket in order; none when there is no such bucket. Keys and values are views of their pages. */
  *entries(bucket: string): Generator<BoltEntry> {
    for (const { key, value, isBucket } of this.#walk(this.#meta.root, 0)) {
      if (!isBucket || key.toString('latin1') !== bucket) continue;
      if (value.length < BUCKET_HEAD_BYTES) throw this.#broken(`the bucket ${bucket} has no head`);
      const root = this.#number(value, 0);
      yield* root === 0 ? this.#elementsOf(value.subarray(BUCKET_HEAD_BYTES)) : this.#walk(root, 0);
    }
  }

  /** The last key of a bucket. */
  lastKey(bucket: string): Buffer | undefined {
    const head = [...this.#walk(this.#meta.root, 0)].find(({ key, isBucket }) => isBucket && key.toString('latin1') === bucket)?.value;
    if (head === undefined || head.length < BUCKET_HEAD_BYTES) return undefined;
    const root = this.#number(head, 0);
    let page = root === 0 ? head.subarray(BUCKET_HEAD_BYTES) : this.#page(root);
    for (let depth = 0; depth < DEPTH_MAX; depth++) {
      const last = [...this.#elementsOf(page)].at(-1);
      if (last === undefined || last.child === 0) return last?.key;
      page = this.#page(last.child);
    }
    throw this.#broken('its tree is too deep');
  }

  [Symbol.dispose](): void { closeSync(this.#fd); }

  *#walk(pageNumber: number, depth: number): Generator<Element> {
    if (depth > DEPTH_MAX) throw this.#broken('its tree is too deep');
    for (const element of this.#elementsOf(this.#page(pageNumber))) {
      if (element.child === 0) yield element; else yield* this.#walk(element.child, depth + 1);
    }
  }

  *#elementsOf(page: Buffer): Generator<Element> {
    if (page.length < PAGE_HEAD_BYTES) throw this.#broken('a page has no head');
    const flags = page.readUInt16LE(8);
    const count = page.readUInt16LE(10);
    if (flags !== PageFlag.leaf && flags !== PageFlag.branch) throw this.#broken('a page is neither leaf nor branch');
    for (let i = 0; i < count; i++) yield this.#element(page, PAGE_HEAD_BYTES + i * ELEMENT_BYTES, flags === PageFlag.leaf);
  }

  #element(page: Buffer, at: number, isLeaf: boolean): Element {
    if (at + ELEMENT_BYTES > page.length) throw this.#broken('a page ends within its elements');
    const [keyAt, keyBytes, valueBytes] = isLeaf ? [at + page.readUInt32LE(at + 4), page.readUInt32LE(at + 8), page.readUInt32LE(at + 12)] : [at + page.readUInt32LE(at), page.readUInt32LE(at + 4), 0];
    const end = keyAt + keyBytes + valueBytes;
    if (end > page.length) throw this.#broken('a key or value ends beyond its page');
    const child = isLeaf ? 0 : this.#number(page, at + 8);
    if (!isLeaf && child < 2) throw this.#broken('a branch leads to no page');
    return { key: page.subarray(keyAt, keyAt + keyBytes), value: page.subarray(keyAt + keyBytes, end), isBucket: isLeaf && (page.readUInt32LE(at) & BUCKET_ELEMENT) !== 0, child };
  }

  /** A page with all that it overflows into. */
  #page(number: number): Buffer {
    const { pageSize, pages } = this.#meta;
    if (number < 2 || number >= pages) throw this.#broken(`there is no page ${number}`);
    const head = this.#read(number * pageSize, PAGE_HEAD_BYTES);
    const overflow = head.readUInt32LE(12);
    if (this.#number(head, 0) !== number || number + overflow >= pages) throw this.#broken(`page ${number} is not what it says`);
    return this.#read(number * pageSize, (1 + overflow) * pageSize);
  }

  #readMeta(): Meta {
    if (this.#size < 2 * PAGE_SIZE_MIN) throw this.#broken('it is too small');
    const first = this.#metaAt(0);
    const second = this.#metaAt(first?.pageSize ?? 4096); // the second is where the first page ends; when the first is broken, where it usually is
    const meta = [first, second].filter((one) => one !== undefined).sort((a, b) => Number(b.transaction - a.transaction))[0];
    if (meta === undefined) throw this.#broken('it has no valid meta page');
    if (meta.pages * meta.pageSize > this.#size) throw this.#broken(`${meta.pages * meta.pageSize - this.#size} bytes are missing at its end`);
    return meta;
  }

  #metaAt(position: number): Meta | undefined {
    if (position + PAGE_HEAD_BYTES + META_SUMMED_BYTES + 8 > this.#size) return undefined;
    const meta = this.#read(position + PAGE_HEAD_BYTES, META_SUMMED_BYTES + 8);
    if (meta.readUInt32LE(0) !== BOLT_MAGIC || meta.readUInt32LE(4) !== BOLT_VERSION || meta.readBigUInt64LE(META_SUMMED_BYTES) !== metaChecksum(meta.subarray(0, META_SUMMED_BYTES))) return undefined;
    const pageSize = meta.readUInt32LE(8);
    if (pageSize < PAGE_SIZE_MIN || pageSize > PAGE_SIZE_MAX) return undefined;
    return { pageSize, root: this.#number(meta, 16), pages: this.#number(meta, 40), transaction: meta.readBigUInt64LE(48) };
  }

  #read(position: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafe(length);
    for (let done = 0; done < length;) {
      const count = readSync(this.#fd, buffer, done, length - done, position + done);
      if (count === 0) throw this.#broken('it ends too early');
      done += count;
    }
    return buffer;
  }

  #number(buffer: Buffer, at: number): number {
    const value = buffer.readBigUInt64LE(at);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.#broken('a page number is beyond all bounds');
    return Number(value);
  }

  #broken(why: string): UserError { return new UserError(`${this.#file} is not a database of etcd: ${why}`); }
}
