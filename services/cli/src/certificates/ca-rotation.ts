import { rmSync } from 'node:fs';
import path from 'node:path';
import { certificatesIn, createAuthority, type IssueOptions, type KeyPair, UserError } from '@kubernode/component-base';
import type { AuthorityName } from './certificate-plan.ts';
import { AUTHORITY_LIFETIME_MS, AUTHORITY_NAMES } from './issue-certificates.ts';
import { readAuthority, readPair, writePair } from './pki-folder.ts';

/**
 * Where the exchange of an authority stands, as its files tell, so that it goes on after a crash where it was:
 *
 *     none ──trust──▶ trusted ──issue──▶ issued ──drop──▶ none
 *
 *     none      NAME.crt = old                                        issued by the old one
 *     trusted   NAME.crt = old + new    NAME-next.{crt,key} = new     still issued by the old one
 *     issued    NAME.crt = new + old    NAME-old.{crt,key}  = old     issued by the new one
 *
 * The first certificate of NAME.crt is always the one whose key is NAME.key.
 */
export type RotationStage = 'none' | 'trusted' | 'issued';

/** A stage whose files were only begun counts as the one before, and is begun again. */
export function rotationStage(dir: string, name: AuthorityName): RotationStage {
  if (readPair(dir, `${name}-next`) !== undefined) return 'trusted';
  return readPair(dir, `${name}-old`) !== undefined ? 'issued' : 'none';
}

/** Makes the next authority, and has it believed beside the present one. */
export async function trustNext(dir: string, name: AuthorityName, { lifetimeMs = AUTHORITY_LIFETIME_MS, ...options }: IssueOptions & { lifetimeMs?: number | undefined }): Promise<void> {
  const present = existing(dir, name);
  const next = readPair(dir, `${name}-next`) ?? await createAuthority({ commonName: nextName(name, options.now), lifetimeMs }, options);
  writePair(dir, `${name}-next`, next);
  writePair(dir, name, bundle(present, next));
}

/** From now on the next authority issues. */
export function issueByNext(dir: string, name: AuthorityName): void {
  const [next, present] = [readPair(dir, `${name}-next`), existing(dir, name)];
  if (next === undefined) throw new Error(`broken invariant: there is no next ${name}`);
  const old = readPair(dir, `${name}-old`) ?? present; // there already when this was begun before
  writePair(dir, `${name}-old`, old);
  writePair(dir, name, bundle(next, old));
  remove(dir, `${name}-next`);
}

/** The old authority is believed no more, and its key is gone. */
export function dropOld(dir: string, name: AuthorityName): void {
  writePair(dir, name, existing(dir, name));
  remove(dir, `${name}-old`);
}

/** The authority that issues, alone. */
function existing(dir: string, name: AuthorityName): KeyPair {
  const authority = readAuthority(dir, name);
  if (authority === undefined) throw new UserError(`there is no authority ${path.join(dir, `${name}.crt`)}`);
  return authority.issuer;
}

/** The first one's key; both are believed. */
function bundle(first: KeyPair, second: KeyPair): KeyPair {
  return { certificate: [...certificatesIn(first.certificate).slice(0, 1), ...certificatesIn(second.certificate).slice(0, 1)].join(''), key: first.key };
}

function remove(dir: string, name: string): void {
  for (const ending of ['key', 'crt']) rmSync(path.join(dir, `${name}.${ending}`), { force: true });
}

/** Another name than the one before, so that nobody has to tell two authorities of one name apart: `kubernetes-20261122T0115`. */
function nextName(name: AuthorityName, nowMs: number): string {
  return `${AUTHORITY_NAMES[name]}-${new Date(nowMs).toISOString().replace(/[-:]/g, '').slice(0, 15)}`; // of a given time
}
