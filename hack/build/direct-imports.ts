import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const IMPORT = /^import \{([^}]*)\} from '@kubernode\/([a-z-]+)';/gm;
const EXPORT = /^export \{([^}]*)\} from '(\.[^']+)';/gm;

/**
 * Lets every module import from the file that makes a thing, past its package's door. esbuild puts all that a door leads to into a
 * process that uses any of it, so without this an API server would load gRPC, which it may not use, with etcd's client, which it does.
 */
export function directImports(root: string): (source: string) => string {
  const doors = new Map<string, ReadonlyMap<string, string>>();
  const doorOf = (name: string): ReadonlyMap<string, string> => {
    let door = doors.get(name);
    if (door === undefined) doors.set(name, door = readDoor(root, name));
    return door;
  };
  return (source) => source.replace(IMPORT, (statement, list: string, name: string) => rewrite(list, `@kubernode/${name}`, doorOf(name)) + '\n'.repeat(statement.split('\n').length - 1));
}

/** One import a file, on one line so that source maps keep their lines; what the door makes itself is imported from the door. */
function rewrite(list: string, door: string, files: ReadonlyMap<string, string>): string {
  const byFile = new Map<string, string[]>();
  for (const item of list.split(',').map((one) => one.trim()).filter((one) => one !== '' && !one.startsWith('type '))) {
    const [name = ''] = item.split(' as ');
    const file = files.get(name) ?? door;
    byFile.set(file, [...byFile.get(file) ?? [], item]);
  }
  return [...byFile].map(([file, items]) => `import { ${items.join(', ')} } from '${file}';`).join(' ');
}

/** The file behind each name that a package's index.ts passes on as it is. */
function readDoor(root: string, name: string): ReadonlyMap<string, string> {
  const folder = ['packages', 'services'].map((parent) => path.join(root, parent, name, 'src')).find((one) => existsSync(one)) ?? '';
  const text = readFileSync(path.join(folder, 'index.ts'), 'utf8');
  const files = new Map<string, string>();
  for (const [, list = '', file = ''] of text.matchAll(EXPORT)) {
    for (const item of list.split(',').map((one) => one.trim())) if (item !== '' && !item.startsWith('type ') && !item.includes(' as ')) files.set(item, path.join(folder, file));
  }
  return files;
}
