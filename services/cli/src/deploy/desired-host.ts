import { createHash } from 'node:crypto';
import { partsFor, type BundleManifest, type BundlePart } from './bundle-manifest.ts';
import type { HostDocument, HostUnit } from './host-document.ts';
import { digestDir } from './host-manifest.ts';

export interface DesiredFile { path: string; mode: number; content: string; sha256: string; once: boolean; /** Never shown. */ secret: boolean }
export interface DesiredUnit extends HostUnit { /** What the running process is compared by: `START RELOAD`. */ digest: string }

/** All that is to be on a host. */
export interface DesiredHost {
  name: string;
  address: string;
  roles: readonly string[];
  version: string;
  files: readonly DesiredFile[];
  units: readonly DesiredUnit[];
  parts: readonly BundlePart[];
}

/** What a host is to have: its document with the contents of its certificates, and units that tell with which configuration they run. */
export function desiredHost(document: HostDocument, { bundle, readPki }: { bundle: BundleManifest; readPki: (name: string) => string }): DesiredHost {
  const files = document.files.map((file): DesiredFile => {
    const content = file.fromPki === undefined ? file.content ?? '' : readPki(file.fromPki);
    return { path: file.path, mode: file.mode, content, sha256: sha256(content), once: file.once, secret: file.path.endsWith('.key') };
  });
  const byPath = new Map(files.map((file) => [file.path, file]));
  const units = document.units.map((unit): DesiredUnit => {
    const used = sha256(unit.uses.map((path) => `${path} ${byPath.get(path)?.sha256 ?? 'none'}`).join('\n'));
    return { ...unit, digest: unit.reloads ? `${sha256(unit.content)} ${used}` : `${sha256(unit.content + used)} -` };
  });
  const unitFiles = units.flatMap((unit) => [unitFile(`/etc/systemd/system/${unit.name}`, unit.content), unitFile(`/etc/systemd/system/${unit.name}.d/10-digest.conf`, digestDropIn(unit))]);
  return { name: document.name, address: document.address, roles: document.roles, version: bundle.version, files: [...files, ...unitFiles], units, parts: partsFor(bundle, document.roles) };
}

/** Leaves a mark of the configuration beside each start and reload, whoever caused it, so that what runs can be told from what is written. */
function digestDropIn({ name, digest, reloads }: DesiredUnit): string {
  const mark = `/bin/sh -c 'mkdir -p ${digestDir} && echo "${digest}" >${digestDir}/${name}'`;
  return `[Service]\nExecStartPost=${mark}\n${reloads ? `ExecReload=${mark}\n` : ''}`;
}

function unitFile(path: string, content: string): DesiredFile {
  return { path, mode: 0o644, content, sha256: sha256(content), once: false, secret: false };
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
