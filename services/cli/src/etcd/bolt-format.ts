/**
 * bbolt's file format, in which etcd keeps its data: pages of equal size, little-endian, that form B+trees.
 *
 *     page 0, 1   meta: the root of all, each written by every other transaction; the one with the higher number and a right checksum counts
 *     page N      head (16 bytes) │ elements (16 bytes each) │ keys and values, at offsets from their elements │ free
 *
 * A page whose content is larger goes on in the pages after it (`overflow`). The root tree holds one leaf element a bucket, whose value is
 * the bucket's own root page; a small bucket stands inline behind that.
 */
export const BOLT_MAGIC = 0xed0cdaed;
export const BOLT_VERSION = 2;
export const PAGE_HEAD_BYTES = 16;
export const ELEMENT_BYTES = 16;
/** Root page and sequence. */
export const BUCKET_HEAD_BYTES = 16;
/** From the meta's begin to its checksum. */
export const META_SUMMED_BYTES = 56;

export const PageFlag = { branch: 0x01, leaf: 0x02, meta: 0x04, freelist: 0x10 } as const;
/** Of a leaf element whose value is a bucket. */
export const BUCKET_ELEMENT = 0x01;

const FNV_OFFSET = 0xcbf29ce484222325n, FNV_PRIME = 0x100000001b3n;

/** FNV-1a of 64 bits. */
export function metaChecksum(summed: Buffer): bigint {
  let hash = FNV_OFFSET;
  for (const byte of summed) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME);
  return hash;
}
