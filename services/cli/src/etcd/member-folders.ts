import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Layout } from '../cluster/layout.ts';

/** As etcd knows it. */
export function memberName(member: number): string { return `etcd-${member}`; }

/** Members of a cluster whose data folder is on this host. */
export function memberFolders(layout: Layout): number[] {
  const parent = path.dirname(layout.etcdData(0));
  return existsSync(parent) ? readdirSync(parent).filter((name) => /^\d+$/.test(name)).map(Number).sort((a, b) => a - b) : [];
}
