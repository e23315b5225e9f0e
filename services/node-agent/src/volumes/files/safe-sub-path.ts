import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { isComponent, OpenPath } from './open-path.ts';
import { isMissing } from './error-code.ts';

/**
 * Opens what a pod names inside one of its volumes, and makes the directories that are missing, with the root's mode. Links are resolved
 * beforehand and may lead anywhere inside the volume; the way then is walked from descriptor to descriptor and no link is followed, so one
 * that is put there meanwhile makes it fail. Errors tell of the host: they are for the log, not for users.
 */
export async function openSubPath(root: string, subPath: string): Promise<OpenPath> {
  const base = await realpath(root);
  const components = await resolveInside(base, subPath.split('/').filter((part) => part !== '' && part !== '.'));
  const mode = statSync(base).mode & 0o7777;
  let current = OpenPath.open(base);
  try {
    for (const name of components) {
      const next = openOrMake(current, name, mode);
      current[Symbol.dispose]();
      current = next;
    }
    return current;
  } catch (error) {
    current[Symbol.dispose]();
    throw error;
  }
}

/** The components below the base that the name stands for once its links are resolved; those that do not exist yet stay as they are. */
async function resolveInside(base: string, components: readonly string[]): Promise<readonly string[]> {
  if (!components.every(isComponent)) throw new Error(`subpath "${components.join('/')}" has components that are no names`);
  for (let existing = components.length; existing >= 0; existing--) {
    const resolved = await realpath(path.join(base, ...components.slice(0, existing))).catch((error: unknown) => { if (isMissing(error)) return undefined; throw error; });
    if (resolved === undefined) continue;
    if (resolved !== base && !resolved.startsWith(base === '/' ? '/' : `${base}/`)) throw new Error(`subpath "${resolved}" not within volume path "${base}"`);
    return [...path.relative(base, resolved).split('/').filter((part) => part !== ''), ...components.slice(existing)];
  }
  throw new Error(`the volume "${base}" is gone`);
}

function openOrMake(dir: OpenPath, name: string, mode: number): OpenPath {
  const found = openUnlinked(dir, name);
  if (found !== undefined) return found;
  mkdirSync(`${dir.path}/${name}`);
  const made = openUnlinked(dir, name);
  if (made?.stats.isDirectory() !== true) { made?.[Symbol.dispose](); throw new Error(`the directory "${name}" was replaced while it was made`); }
  chmodSync(made.path, mode); // mkdir's mode is cut by the umask; the descriptor cannot have become another file
  return made;
}

function openUnlinked(dir: OpenPath, name: string): OpenPath | undefined {
  let opened: OpenPath;
  try { opened = dir.child(name); } catch (error) { if (isMissing(error)) return undefined; throw error; }
  if (!opened.stats.isSymbolicLink()) return opened;
  opened[Symbol.dispose]();
  throw new Error(`unexpected symlink found: "${name}"`);
}
