import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { coreV1 } from '@kubernode/api';

/** What a registry wants to see. */
export interface RegistryLogin { username: string; password: string; identityToken?: string; registryToken?: string }

interface DockerEntry { username?: unknown; password?: unknown; auth?: unknown }

/** The logins in a pull secret, of either type, by the place they are for. A malformed one has none: the pull goes on without it. */
export function secretRegistries({ type, data }: Readonly<coreV1.Secret>): Record<string, RegistryLogin> {
  const config = data?.['.dockerconfigjson'];
  if (type === 'kubernetes.io/dockerconfigjson' && config !== undefined) return parseRegistries(Buffer.from(config, 'base64').toString('utf8'));
  const older = data?.['.dockercfg'];
  if (type === 'kubernetes.io/dockercfg' && older !== undefined) return parseRegistries(`{"auths":${Buffer.from(older, 'base64').toString('utf8')}}`);
  return {};
}

/** The logins of the whole node: `config.json` in the node agent's own folder. */
export async function nodeRegistries(rootDir: string): Promise<Record<string, RegistryLogin>> {
  const text = await readFile(path.join(rootDir, 'config.json'), 'utf8').catch(() => undefined); // usually there is none
  return text === undefined ? {} : parseRegistries(text);
}

function parseRegistries(text: string): Record<string, RegistryLogin> {
  try {
    const { auths } = JSON.parse(text) as { auths?: Record<string, DockerEntry> | null }; // docker's own shape; fields are checked below
    return Object.fromEntries(Object.entries(auths ?? {}).flatMap(([place, entry]) => {
      const login = toLogin(entry);
      return login === undefined ? [] : [[place, login]];
    }));
  } catch { return {}; } // as said above
}

/** `auth` is user and password in one, and wins. */
function toLogin(entry: unknown): RegistryLogin | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { username, password, auth } = entry as DockerEntry; // checked field by field
  if (typeof auth === 'string' && auth !== '') {
    const [user = '', ...rest] = Buffer.from(auth, 'base64').toString('utf8').split(':');
    return rest.length === 0 ? undefined : { username: user, password: rest.join(':') };
  }
  return { username: typeof username === 'string' ? username : '', password: typeof password === 'string' ? password : '' };
}
