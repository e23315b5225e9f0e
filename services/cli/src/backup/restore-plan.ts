import { UserError } from '@kubernode/component-base';
import type { ClusterConfig } from '../cluster/cluster-config.ts';
import { HELD } from '../etcd/swap-data.ts';
import type { BackupFile, BackupManifest } from './backup-manifest.ts';

/** What is there before a restore. */
export interface RestoreSnapshot {
  manifest: BackupManifest;
  /** Of the folder; undefined when there is none. */
  present: ClusterConfig | undefined;
  /** Of the archive; undefined when it was made of an etcd alone. */
  archived: ClusterConfig | undefined;
  isRunning: boolean;
  /** Members whose data folder is there. */
  memberFolders: readonly number[];
  /** Names below `pki/` whose content is as archived, or another. */
  presentKeys: ReadonlyMap<string, 'same' | 'different'>;
  /** Further files that are there, likewise. */
  presentSources: ReadonlyMap<string, 'same' | 'different'>;
}

export interface RestoreChoice {
  /** As before when undefined. */
  etcdMembers: number | undefined;
  whileRunning: boolean;
  bumpRevision: number;
  /** What makes this etcd another one than those before. */
  token: string;
}

/** What a restore does, in this order. */
export interface RestorePlan {
  /** Processes to hold meanwhile, by the beginnings of their names, in the order of stopping; none when the cluster is down. */
  hold: readonly string[];
  /** Data folders that are kept aside. */
  aside: readonly number[];
  /** Data folders that are made. */
  members: readonly number[];
  config: ClusterConfig;
  /** Files of the archive that are written, each with what happens to one that is there. */
  files: readonly { file: BackupFile; replaces: boolean }[];
  /** Files that are there with another content and stay so. */
  kept: readonly string[];
  revision: number;
}

/** What data in etcd was made with: tokens are signed by it, certificates in objects come from it. Leaves are made anew at any time. */
const AUTHORITY = /^pki\/(ca|front-proxy-ca|sa)\.(crt|key|pub)$/;

/** UserError when it cannot or must not be. */
export function planRestore({ manifest, present, archived, isRunning, memberFolders, presentKeys, presentSources }: RestoreSnapshot, { etcdMembers, whileRunning, bumpRevision, token }: RestoreChoice): RestorePlan {
  const base = present ?? archived;
  if (base === undefined) throw new UserError("the archive is of an etcd alone and there is no cluster here; make a data folder of it with --data-dir");
  if (base.etcdMembers === 0) throw new UserError(`the etcd of this cluster (${base.etcdServers.join(', ')}) is not kubernode's to replace; stop it, make data folders of the archive with --data-dir, and start it on them`);
  if (isRunning && !whileRunning) throw new UserError('the cluster runs; take it down first, or have API servers and etcd stopped for the time of the restore with --while-running');
  const count = etcdMembers ?? base.etcdMembers;
  if (![1, 3, 5].includes(count)) throw new UserError(`invalid value "${count}" for --etcd: want 1, 3 or 5`);
  if (isRunning && count !== base.etcdMembers) throw new UserError('the number of etcd members cannot change while the cluster runs; take it down first');
  const files: RestorePlan['files'][number][] = [];
  const kept: string[] = [];
  for (const file of manifest.files) {
    const isKey = file.path.startsWith('pki/');
    if (!isKey && file.source === undefined) continue; // snapshot and configuration are dealt with apart
    const there = isKey ? presentKeys.get(file.path.slice('pki/'.length)) : presentSources.get(file.source ?? '');
    if (there === 'same') continue;
    if (there === undefined) { files.push({ file, replaces: false }); continue; }
    if (!AUTHORITY.test(file.path)) { kept.push(isKey ? file.path : file.source ?? ''); continue; }
    if (isRunning) throw new UserError(`${file.path} is not the one that the archive's data were made with; take the cluster down first`);
    files.push({ file, replaces: true });
  }
  const { etcdJoined: _, ...rest } = base;
  const members = Array.from({ length: count }, (_unused, n) => n);
  return { hold: isRunning ? HELD : [], aside: memberFolders, members, config: { ...rest, etcdMembers: count, etcdToken: token }, files, kept, revision: manifest.etcd.revision + bumpRevision };
}

/** One line a step, for people. */
export function describeRestore({ hold, aside, members, files, kept, revision }: RestorePlan, manifest: BackupManifest): string[] {
  return [
    `restore ${manifest.etcd.keys} keys of ${manifest.createdAt} (etcd ${manifest.etcd.version}, revision ${manifest.etcd.revision})`,
    ...(hold.length > 0 ? ['stop API servers and etcd; nodes and their pods go on'] : []),
    ...aside.map((member) => `keep the data of etcd-${member} aside`),
    `make ${members.length === 1 ? 'one member' : `${members.length} members`} of etcd, at revision ${revision}, with everything before it compacted`,
    ...files.map(({ file: { path, source }, replaces }) => `${replaces ? 'replace (and keep aside)' : 'put back'} ${source ?? path}`),
    ...kept.map((file) => `leave ${file}, which differs from the archive's`),
    ...(hold.length > 0 ? ['start etcd, then API servers'] : []),
  ];
}
