import { FieldReader } from './field-reader.ts';

/** Where a host keeps what was put on it. */
export const hostStateDir = '/var/lib/kubernode';
export const hostManifestFile: string = `${hostStateDir}/host-manifest.json`;
/** What the host's network was before a node ran there. */
export const hostNetworkFile: string = `${hostStateDir}/host-before.json`;
export const installDir = '/opt/kubernode';
/** Which configuration each unit was last started or reloaded with; gone with the machine's restart, as the processes are. */
export const digestDir = '/run/kubernode';

/** What was put on a host, written before it is put there: what is removed by `uninstall`, and by nothing but this. */
export interface HostManifest {
  formatVersion: 1;
  cluster: string;
  host: string;
  version: string;
  /** Which was there before; `--rollback` goes back to it. */
  previousVersion?: string;
  /** By path: the SHA-256 of what we put there. */
  files: Readonly<Record<string, string>>;
  units: readonly string[];
  /** Folders whose content users would miss. */
  data: readonly string[];
  /** Folders that only our processes use. */
  state: readonly string[];
  /** Whether pods ran here. */
  isNode: boolean;
}

/** Undefined for a host that has none; throws when it is broken. */
export function parseHostManifest(text: string): HostManifest | undefined {
  if (text.trim() === '') return undefined;
  const faults: string[] = [];
  const value = JSON.parse(text) as HostManifest; // checked below
  const reader = new FieldReader(value, '', faults);
  for (const field of ['cluster', 'host', 'version']) reader.text(field);
  for (const path of Object.keys(reader.textMap('files'))) if (!path.startsWith('/')) faults.push(`files: ${path} is no path`);
  for (const list of ['units', 'data', 'state']) reader.texts(list, {});
  if (value.formatVersion !== 1) faults.push('formatVersion: was written by a newer kubernode');
  if (faults.length > 0) throw new Error(faults.join('; '));
  return value;
}
