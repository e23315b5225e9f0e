import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type ConflistInput, renderConflist } from './conflist.ts';

const FILE = '10-kubernode.conflist';

/** Writes the network's configuration where it differs. In place: containerd does not notice a file that is moved in from elsewhere. */
export async function writeConflist(confDir: string, input: ConflistInput): Promise<boolean> {
  const file = path.join(confDir, FILE);
  const text = renderConflist(input);
  const present = await readFile(file, 'utf8').catch(() => undefined); // not written yet
  if (present === text) return false;
  await mkdir(confDir, { recursive: true });
  await writeFile(file, text, { mode: 0o644 });
  return true;
}
