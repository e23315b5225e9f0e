import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** What the fields of a type are for, by their names; under '' what the type itself is. */
export type TypeDescription = Readonly<Record<string, string>>;
/** By schema name. */
export type Descriptions = Readonly<Record<string, TypeDescription>>;

/** Beside this file in the source tree, and beside the bundle. */
export const DESCRIPTIONS_FOLDER: string = path.join(import.meta.dirname, 'descriptions');
/** Under this name a type says which one it has its other texts from: of the same file, or by its whole name. */
export const SAME_AS = '...';
const EXTENSION = '.json';

/**
 * The texts of all types, a file for each package of schemas: `io.k8s.api.core.v1.json` holds `Pod`. Read anew each time, since documents
 * are made seldom, and kept themselves: between two of them nothing of this stays in memory.
 */
export async function loadDescriptions(folder: string = DESCRIPTIONS_FOLDER): Promise<Descriptions> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(EXTENSION));
  const packages = await Promise.all(files.map(async (file) => {
    const types = JSON.parse(await readFile(path.join(folder, file), 'utf8')) as Descriptions; // our own data, which a test checks
    return Object.entries(types).map(([name, texts]) => [`${path.basename(file, EXTENSION)}.${name}`, texts] as const);
  }));
  const written = Object.fromEntries(packages.flat());
  return Object.fromEntries(Object.keys(written).map((name) => [name, withShared(name, written)]));
}

function withShared(name: string, written: Descriptions): TypeDescription {
  const { [SAME_AS]: other, ...own } = written[name] ?? {};
  return other === undefined ? own : { ...withShared(sharedName(name, other), written), ...own };
}

/** The whole name of the type that another one names. */
export function sharedName(name: string, other: string): string {
  return other.includes('.') ? other : `${name.slice(0, name.lastIndexOf('.'))}.${other}`;
}
