import type { coreV1 } from '@kubernode/api';
import type { ReferencedData } from '../../pod/compute-environment.ts';
import type { Payload } from '../files/atomic-writer.ts';
import { VolumeError } from '../volume-error.ts';
import { type ApiFilesDeps, createApiFilesPlugin } from './api-files.ts';
import { DEFAULT_MODE, pickFiles } from './pick-files.ts';
import type { VolumePlugin } from '../volume-plugin.ts';

export function createConfigMapPlugin(deps: ApiFilesDeps): VolumePlugin {
  return createApiFilesPlugin({
    name: 'kubernetes.io/configmap',
    supports: ({ inline }) => inline?.configMap !== undefined,
    medium: '',
    payload: ({ inline }, { data }) => configMapFiles(inline?.configMap ?? {}, { data, mode: inline?.configMap?.defaultMode ?? DEFAULT_MODE }),
  }, deps);
}

export function configMapFiles({ name = '', items, optional = false }: coreV1.ConfigMapProjection, { data, mode }: { data: ReferencedData; mode: number }): Payload {
  const map = data.configMap(name);
  if (map === undefined && !optional) throw new VolumeError(`configmap "${name}" not found`);
  const values = new Map<string, Buffer>();
  for (const [key, text] of Object.entries(map?.data ?? {})) values.set(key, Buffer.from(text));
  for (const [key, base64] of Object.entries(map?.binaryData ?? {})) if (!values.has(key)) values.set(key, Buffer.from(base64, 'base64'));
  return pickFiles(values, { items, mode, optional, missing: (key) => `configmap references non-existent config key: ${key}` });
}
