import type { coreV1 } from '@kubernode/api';
import type { ReferencedData } from '../../pod/compute-environment.ts';
import type { Payload } from '../files/atomic-writer.ts';
import { VolumeError } from '../volume-error.ts';
import type { VolumePlugin } from '../volume-plugin.ts';
import { type ApiFilesDeps, createApiFilesPlugin } from './api-files.ts';
import { DEFAULT_MODE, pickFiles } from './pick-files.ts';

export function createSecretPlugin(deps: ApiFilesDeps): VolumePlugin {
  return createApiFilesPlugin({
    name: 'kubernetes.io/secret',
    supports: ({ inline }) => inline?.secret !== undefined,
    medium: 'Memory',
    payload: ({ inline }, { data }) => {
      const { secretName: name = '', defaultMode: mode = DEFAULT_MODE, ...source } = inline?.secret ?? {};
      return secretFiles({ ...source, name }, { data, mode });
    },
  }, deps);
}

export function secretFiles({ name = '', items, optional = false }: coreV1.SecretProjection, { data, mode }: { data: ReferencedData; mode: number }): Payload {
  const secret = data.secret(name);
  if (secret === undefined && !optional) throw new VolumeError(`secret "${name}" not found`);
  const values = new Map(Object.entries(secret?.data ?? {}).map(([key, base64]) => [key, Buffer.from(base64, 'base64')] as const));
  return pickFiles(values, { items, mode, optional, missing: (key) => `references non-existent secret key: ${key}` });
}
