import type { coreV1 } from '@kubernode/api';
import type { RegistryAuth } from '../cri/cri-runtime.ts';

interface DockerEntry { username?: string; password?: string; auth?: string }

/** The credentials for an image in the pull secrets of a pod: the first whose registry (and path) fits. */
export function credentialsFor(image: string, secrets: readonly Readonly<coreV1.Secret>[]): RegistryAuth | undefined {
  for (const secret of secrets) {
    for (const [registry, entry] of Object.entries(entriesOf(secret))) {
      const prefix = registry.replace(/^https?:\/\//, '').replace(/\/(v1|v2)?\/?$/, '');
      const fits = qualifiedName(image).startsWith(`${prefix}/`) || prefix === registryOf(image) || (registryOf(image) === 'docker.io' && prefix.endsWith('docker.io'));
      if (fits) return toAuth(entry, registry);
    }
  }
  return undefined;
}

function entriesOf({ type, data }: Readonly<coreV1.Secret>): Record<string, DockerEntry> {
  const key = type === 'kubernetes.io/dockercfg' ? '.dockercfg' : '.dockerconfigjson';
  const encoded = data?.[key];
  if (encoded === undefined) return {};
  try {
    const parsed = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as { auths?: Record<string, DockerEntry> }; // docker's own shape; a wrong one has no entries
    return key === '.dockercfg' ? parsed as Record<string, DockerEntry> : parsed.auths ?? {}; // the older shape has no outer object
  } catch { return {}; } // a user's malformed secret: the pull goes on without it, as everywhere
}

function toAuth({ username, password, auth }: DockerEntry, serverAddress: string): RegistryAuth {
  const [user = '', ...rest] = Buffer.from(auth ?? '', 'base64').toString('utf8').split(':');
  return { username: username ?? user, password: password ?? rest.join(':'), serverAddress };
}

/** The registry that a reference means: what stands before the first slash when it looks like a host. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost') ? first : 'docker.io';
}

function qualifiedName(image: string): string {
  return registryOf(image) === 'docker.io' && !image.startsWith('docker.io/') ? `docker.io/${image}` : image;
}
