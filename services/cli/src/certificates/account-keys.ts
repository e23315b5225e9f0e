import { createPrivateKey, createPublicKey } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { replaceFileSync } from '@kubernode/component-base';
import { newAccountKey } from './issue-certificates.ts';

/**
 * Where the exchange of the key of service accounts stands, as its files tell: `sa.pub` holds every key whose tokens are accepted, `sa.key` signs.
 *
 *     none ──accept──▶ accepted (sa-next.key) ──sign──▶ signing (sa-old.pub) ──drop──▶ none
 */
export type KeyStage = 'none' | 'accepted' | 'signing';

export function keyStage(dir: string): KeyStage {
  if (existsSync(path.join(dir, 'sa-next.key'))) return 'accepted';
  return existsSync(path.join(dir, 'sa-old.pub')) ? 'signing' : 'none';
}

/** Tokens of a next key are accepted; none is signed by it yet. */
export function acceptNextKey(dir: string): void {
  const { privateKey } = newAccountKey();
  replaceFileSync(path.join(dir, 'sa-next.key'), privateKey, { mode: 0o600 });
  writePublicKeys(dir, [publicOf(dir, 'sa.key'), publicOf(dir, 'sa-next.key')]);
}

/** Tokens are signed by the next key; those of the old one are still accepted. */
export function signByNextKey(dir: string): void {
  const old = existsSync(path.join(dir, 'sa-old.pub')) ? readFileSync(path.join(dir, 'sa-old.pub'), 'utf8') : publicOf(dir, 'sa.key');
  replaceFileSync(path.join(dir, 'sa-old.pub'), old, { mode: 0o644 });
  replaceFileSync(path.join(dir, 'sa.key'), readFileSync(path.join(dir, 'sa-next.key'), 'utf8'), { mode: 0o600 });
  rmSync(path.join(dir, 'sa-next.key'));
  writePublicKeys(dir, [publicOf(dir, 'sa.key'), old]);
}

/** Tokens of the old key are refused. */
export function dropOldKey(dir: string): void {
  writePublicKeys(dir, [publicOf(dir, 'sa.key')]);
  rmSync(path.join(dir, 'sa-old.pub'), { force: true });
}

/** Since when the next key signs, ms since 1970. */
export function signingSince(dir: string): number { return statSync(path.join(dir, 'sa-old.pub')).mtimeMs; }

function publicOf(dir: string, name: string): string {
  return createPublicKey(createPrivateKey(readFileSync(path.join(dir, name), 'utf8'))).export({ type: 'spki', format: 'pem' }).toString();
}

function writePublicKeys(dir: string, keys: readonly string[]): void {
  replaceFileSync(path.join(dir, 'sa.pub'), keys.join(''), { mode: 0o644 });
}
