import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile } from '@kubernode/component-base';
import { type ConflistInput, renderConflist } from './conflist.ts';

const FILE = '10-kubernode.conflist';
/** What runtimes read as configuration of a plugin. */
const CONFIGURATION = /\.(conf|conflist|json)$/;

/** The file by which another plugin has taken the pod network; undefined where none has. */
export async function foreignPlugin(confDir: string): Promise<string | undefined> {
  const files = await readdir(confDir).catch(() => []); // no folder yet: nobody's
  return files.filter((file) => CONFIGURATION.test(file) && file !== FILE).sort()[0];
}

/** Writes the network's configuration where it differs. */
export async function writeConflist(confDir: string, input: ConflistInput): Promise<boolean> {
  const file = path.join(confDir, FILE);
  const text = renderConflist(input);
  const present = await readFile(file, 'utf8').catch(() => undefined); // not written yet
  if (present === text) return false;
  await replaceFile(file, text, { mode: 0o644 });
  return true;
}
