import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { errorMessage } from '@kubernode/base';
import { UserError } from '@kubernode/component-base';
import type { Layout } from '../cluster/layout.ts';
import { rewriteDatabase } from './rewrite-database.ts';

/** Of a data folder of etcd. */
export const DATABASE_PATH = 'member/snap/db';
const SECRET_FOLDER_MODE = 0o700;

export interface ReplaceDataInput {
  layout: Layout;
  /** Whose folders are kept aside. */
  aside: readonly number[];
  /** Whose folders are made. */
  members: readonly number[];
  /** A database of etcd. */
  snapshot: string;
  bumpRevision: number;
  /** Names what is kept aside: `etcd/0.before-STAMP`. */
  stamp: string;
}

/**
 * Gives members new data folders that are made of one database, and keeps the old ones aside. All new ones are whole before the first is
 * moved, and moving is renaming; `beforeMoving` is the last that may still fail.
 */
export function replaceData({ layout, aside, members, snapshot, bumpRevision, stamp }: ReplaceDataInput, beforeMoving: () => void): void {
  const made = (member: number): string => `${layout.etcdData(member)}.new`;
  try {
    for (const member of members) {
      rmSync(made(member), { recursive: true, force: true }); // of an attempt that was cut off
      makeDataFolder({ dataDir: made(member), snapshot, bumpRevision });
    }
    beforeMoving();
  } catch (error) {
    for (const member of members) rmSync(made(member), { recursive: true, force: true });
    throw error;
  }
  for (const member of aside) renameSync(layout.etcdData(member), `${layout.etcdData(member)}.before-${stamp}`);
  for (const member of members) renameSync(made(member), layout.etcdData(member));
}

/** A data folder with which a new cluster begins. */
export function makeDataFolder({ dataDir, snapshot, bumpRevision }: { dataDir: string; snapshot: string; bumpRevision: number }): void {
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0) throw new UserError(`${dataDir} is there and not empty; move it away first`);
  const database = path.join(dataDir, DATABASE_PATH);
  try {
    mkdirSync(path.dirname(database), { recursive: true, mode: SECRET_FOLDER_MODE });
    rewriteDatabase({ from: snapshot, to: database, bumpRevision });
  } catch (error) { throw error instanceof UserError ? error : new UserError(`cannot make ${database}: ${errorMessage(error)}`); }
}

/** Members whose data folder is there. */
export function memberFolders(layout: Layout): number[] {
  const parent = path.dirname(layout.etcdData(0));
  return existsSync(parent) ? readdirSync(parent).filter((name) => /^\d+$/.test(name)).map(Number).sort((a, b) => a - b) : [];
}
