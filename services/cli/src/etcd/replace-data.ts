import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { errorMessage } from '@kubernode/base';
import { UserError } from '@kubernode/component-base';
import type { Layout } from '../cluster/layout.ts';
import { foundCluster, type Founding } from './founding-members.ts';
import { memberName } from './member-folders.ts';
import { rewriteDatabase } from './rewrite-database.ts';
import { writeLog } from './write-log.ts';

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
  /** Who the members are; `etcd-N` by name. */
  founding: Founding;
  /** Names what is kept aside: `etcd/0.before-STAMP`. */
  stamp: string;
}

/**
 * Gives members new data folders that are made of one database, and keeps the old ones aside. All new ones are whole before the first is
 * moved, and moving is renaming; `beforeMoving` is the last that may still fail.
 */
export function replaceData({ layout, aside, members, snapshot, bumpRevision, founding, stamp }: ReplaceDataInput, beforeMoving: () => void): void {
  const made = (member: number): string => `${layout.etcdData(member)}.new`;
  try {
    for (const member of members) {
      rmSync(made(member), { recursive: true, force: true }); // of an attempt that was cut off
      makeDataFolder({ dataDir: made(member), snapshot, bumpRevision, founding, name: memberName(member) });
    }
    beforeMoving();
  } catch (error) {
    for (const member of members) rmSync(made(member), { recursive: true, force: true });
    throw error;
  }
  for (const member of aside) renameSync(layout.etcdData(member), `${layout.etcdData(member)}.before-${stamp}`);
  for (const member of members) renameSync(made(member), layout.etcdData(member));
}

export interface DataFolder { dataDir: string; snapshot: string; bumpRevision: number; founding: Founding; /** Whose it is. */ name: string }

/** A data folder with which a member of a new cluster begins, as `etcdutl snapshot restore` makes them; etcd 3.4 to 3.6 start on it. */
export function makeDataFolder({ dataDir, snapshot, bumpRevision, founding, name }: DataFolder): void {
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0) throw new UserError(`${dataDir} is there and not empty; move it away first`);
  const database = path.join(dataDir, DATABASE_PATH);
  try {
    mkdirSync(path.dirname(database), { recursive: true, mode: SECRET_FOLDER_MODE });
    const cluster = foundCluster(founding);
    rewriteDatabase({ from: snapshot, to: database, bumpRevision, cluster });
    writeLog({ dataDir, cluster, name });
  } catch (error) { throw error instanceof UserError ? error : new UserError(`cannot make ${database}: ${errorMessage(error)}`); }
}
