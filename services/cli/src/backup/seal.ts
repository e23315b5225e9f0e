import { createCipheriv, createDecipheriv, randomBytes, scrypt, type ScryptOptions } from 'node:crypto';
import { UserError } from '@kubernode/component-base';
import { ChunkReader } from './chunk-reader.ts';

/**
 * A stream under a passphrase: a head, then pieces of equal size, each encrypted and authenticated on its own (AES-256-GCM), so that memory
 * is one piece. A piece's nonce is its number and whether it is the last: pieces cannot be left out, swapped or cut off unnoticed.
 *
 *     magic (8) │ log2 N, r, p of scrypt (3) │ salt (16) │ { ciphertext (64 KiB, the last at most) │ tag (16) } …
 *
 * The head is authenticated with every piece.
 */
export const SEAL_MAGIC: Buffer = Buffer.from('KNSEAL1\n');
const SALT_BYTES = 16, KEY_BYTES = 32, NONCE_BYTES = 12, TAG_BYTES = 16;
const HEAD_BYTES: number = SEAL_MAGIC.length + 3 + SALT_BYTES;
const PIECE_BYTES = 64 * 1024;
/** 128 MiB and about half a second a guess. */
const COST = { logN: 17, r: 8, p: 1 } as const;
/** What a file may ask this host to do before it is known to be right. */
const LOG_N_MAX = 20, BLOCK_SIZE_MAX = 16, PARALLEL_MAX = 4;

export async function* seal(source: AsyncIterable<Buffer>, passphrase: string): AsyncGenerator<Buffer> {
  const head = Buffer.concat([SEAL_MAGIC, Buffer.from([COST.logN, COST.r, COST.p]), randomBytes(SALT_BYTES)]);
  const key = await deriveKey(head, passphrase);
  yield head;
  const reader = new ChunkReader(source);
  for (let number = 0, isLast = false; !isLast; number++) {
    const piece = await reader.upTo(PIECE_BYTES);
    isLast = await reader.isAtEnd();
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(number, isLast)).setAAD(head);
    yield Buffer.concat([cipher.update(piece), cipher.final(), cipher.getAuthTag()]);
  }
}

/** Undoes `seal`. Throws a UserError for a wrong passphrase and for anything that was changed. */
export async function* unseal(source: AsyncIterable<Buffer>, passphrase: string): AsyncGenerator<Buffer> {
  const reader = new ChunkReader(source);
  const head = await reader.upTo(HEAD_BYTES);
  const key = await deriveKey(head, passphrase);
  for (let number = 0, isLast = false; !isLast; number++) {
    const piece = await reader.upTo(PIECE_BYTES + TAG_BYTES);
    isLast = await reader.isAtEnd();
    yield openPiece(piece, { key, head, nonce: nonceOf(number, isLast), isFirst: number === 0 });
  }
}

function openPiece(piece: Buffer, { key, head, nonce, isFirst }: { key: Buffer; head: Buffer; nonce: Buffer; isFirst: boolean }): Buffer {
  if (piece.length < TAG_BYTES) throw new UserError('the archive is cut off');
  const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(head).setAuthTag(piece.subarray(-TAG_BYTES));
  const plain = decipher.update(piece.subarray(0, -TAG_BYTES));
  try { decipher.final(); } catch { throw new UserError(isFirst ? 'the passphrase is not the one it was encrypted with, or the archive was changed' : 'the archive was changed or is cut off'); }
  return plain;
}

function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUIntBE(number, 5, 6);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

function deriveKey(head: Buffer, passphrase: string): Promise<Buffer> {
  const [logN = 0, r = 0, p = 0] = head.subarray(SEAL_MAGIC.length);
  if (head.length < HEAD_BYTES || logN < 1 || logN > LOG_N_MAX || r < 1 || r > BLOCK_SIZE_MAX || p < 1 || p > PARALLEL_MAX) throw new UserError('the archive begins as an encrypted one and does not go on as one');
  const options: ScryptOptions = { N: 2 ** logN, r, p, maxmem: 256 * 2 ** logN * r };
  return new Promise((resolve, reject) => {
    scrypt(passphrase, head.subarray(-SALT_BYTES), KEY_BYTES, options, (error, key) => { if (error === null) resolve(key); else reject(error); });
  });
}
