import path from 'node:path';
import type { coreV1 } from '@kubernode/api';
import { errorMessage } from '@kubernode/base';
import { type DownwardFacts, fieldValue, resourceValue } from '../../pod/downward-values.ts';
import type { Payload, PayloadFile } from '../files/atomic-writer.ts';
import { joinFaults, VolumeError } from '../volume-error.ts';
import type { VolumePlugin } from '../volume-plugin.ts';
import { type ApiFilesDeps, createApiFilesPlugin } from './api-files.ts';
import { DEFAULT_MODE } from './pick-files.ts';

export function createDownwardApiPlugin(deps: ApiFilesDeps): VolumePlugin {
  return createApiFilesPlugin({
    name: 'kubernetes.io/downward-api',
    supports: ({ inline }) => inline?.downwardAPI !== undefined,
    medium: 'Memory',
    payload: ({ inline }, { facts }) => downwardFiles(inline?.downwardAPI?.items ?? [], { facts, mode: inline?.downwardAPI?.defaultMode ?? DEFAULT_MODE }),
  }, deps);
}

export function downwardFiles(items: readonly coreV1.DownwardAPIVolumeFile[], { facts, mode }: { facts: DownwardFacts; mode: number }): Payload {
  const files = new Map<string, PayloadFile>();
  const faults: string[] = [];
  for (const { path: name, fieldRef, resourceFieldRef, mode: own } of items) {
    try {
      const text = fieldRef ? fieldValue(fieldRef.fieldPath, facts) : resourceFieldRef ? resourceValue(resourceFieldRef, undefined, facts) : '';
      files.set(path.posix.normalize(name), { data: Buffer.from(text), mode: own ?? mode });
    } catch (error) { faults.push(errorMessage(error)); }
  }
  if (faults.length > 0) throw new VolumeError(joinFaults(faults));
  return files;
}
