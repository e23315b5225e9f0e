import { optionTable, readFlagFile, UserError, type CommandContext, type OptionSpec } from '@kubernode/component-base';
import { findProgram } from '../host/programs.ts';

type Flag<K extends 'int' | 'string' | 'list' | 'boolean'> = OptionSpec<K> & { kind: K };

export const passphraseOption: { 'passphrase-file': Flag<'string'> } = optionTable({
  'passphrase-file': { kind: 'string', help: 'encrypt archives with what the first line of this file says, and decrypt them', placeholder: 'FILE' },
});

export const retentionOptions: { keep: Flag<'int'>; 'keep-days': Flag<'int'> } = optionTable({
  keep: { kind: 'int', help: 'so many of the newest archives of each cluster stay, whatever their age', placeholder: 'N' },
  'keep-days': { kind: 'int', help: 'beyond those, archives younger than this stay as well', placeholder: 'D' },
});

/** What a backup has beside etcd. */
export const includeOption: { include: Flag<'list'> } = optionTable({ include: { kind: 'list', help: 'further files to save, such as an encryption configuration', placeholder: 'FILE,…' } });

/** The first line of the file; undefined when there is none to read. UserError for an empty one. */
export function readPassphrase(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const passphrase = readFlagFile('passphrase-file', file).split(/\r?\n/)[0] ?? '';
  if (passphrase === '') throw new UserError(`${file} has no passphrase in its first line`);
  return passphrase;
}

/** etcd's own program, which tries archives. */
export function etcdProgram({ env }: Pick<CommandContext, 'env'>): string {
  const program = findProgram('etcd', env['PATH']);
  if (program === undefined) throw new UserError('etcd is not installed here; apt-get install etcd-server, or verify the archive on a host that has it (--no-verify)');
  return program;
}

/** `3.2 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}
