import { UserError } from '@kubernode/component-base';
import { FieldReader } from './field-reader.ts';

/** A part of a bundle: an archive that is unpacked below /opt/kubernode, and what of it the host then has. */
export interface BundlePart {
  /** `kubernode`, `node`, `etcd`, `containerd`, `haproxy`, `cni`. */
  name: string;
  /** Below /opt/kubernode; named by its content, so that versions share what did not change. */
  dir: string;
  /** The archive's name in the bundle. */
  archive: string;
  sha256: string;
}

/** What is in a bundle: bundle.json, its first file. */
export interface BundleManifest { formatVersion: 1; version: string; arch: string; parts: readonly BundlePart[] }

export const bundleManifestName = 'bundle.json';

export function parseBundleManifest(text: string, file: string): BundleManifest {
  const faults: string[] = [];
  let value: unknown;
  try { value = JSON.parse(text); } catch { faults.push('is no JSON'); }
  const root = new FieldReader(value, '', faults).known('formatVersion', 'version', 'arch', 'parts');
  const name = { matching: /^[0-9A-Za-z][-+.\w]*$/, want: 'a name' };
  const manifest: BundleManifest = {
    formatVersion: 1, version: root.text('version', name), arch: root.text('arch', name),
    parts: root.list('parts').map((part) => ({ name: part.text('name', name), dir: part.text('dir', { matching: /^(programs\/)?[0-9A-Za-z][-+.\w]*$/, want: 'a folder' }), archive: part.text('archive', name), sha256: part.text('sha256', { matching: /^[0-9a-f]{64}$/, want: 'a SHA-256' }) })),
  };
  if (root.whole('formatVersion', { min: 1, max: 1 }) === undefined) faults.push('formatVersion: want 1');
  if (faults.length > 0) throw new UserError(`${file} is no bundle of this kubernode: ${faults.join('; ')}`);
  return manifest;
}

/** Which part a role needs beside the program itself. */
const PARTS_OF_ROLE: Readonly<Record<string, readonly string[]>> = { etcd: ['etcd'], loadBalancer: ['haproxy'], node: ['containerd', 'cni'] };

/** The parts that a host of these roles needs. */
export function partsFor(bundle: BundleManifest, roles: readonly string[]): readonly BundlePart[] {
  const wanted = new Set(['kubernode', 'node', ...roles.flatMap((role) => PARTS_OF_ROLE[role] ?? [])]);
  return bundle.parts.filter((part) => wanted.has(part.name));
}

/** Where the chart finds programs: those of the bundle, else the host's own. */
export function programPaths(bundle: BundleManifest): Readonly<Record<string, string>> {
  const inPart = (name: string, file: string, otherwise: string): string => {
    const part = bundle.parts.find((one) => one.name === name);
    return part === undefined ? otherwise : `/opt/kubernode/${part.dir}${file}`;
  };
  return {
    kubernode: `/opt/kubernode/${bundle.version}/bin/kubernode`, etcd: inPart('etcd', '/etcd', '/usr/bin/etcd'), haproxy: inPart('haproxy', '/haproxy', '/usr/sbin/haproxy'),
    containerd: inPart('containerd', '/containerd', '/usr/bin/containerd'), cniDir: inPart('cni', '', '/usr/lib/cni'),
  };
}
