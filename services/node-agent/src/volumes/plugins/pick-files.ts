import type { coreV1 } from '@kubernode/api';
import type { Payload, PayloadFile } from '../files/atomic-writer.ts';
import { VolumeError } from '../volume-error.ts';

/** What the API server sets where a volume names no mode. */
export const DEFAULT_MODE = 0o644;

export interface Picked {
  items: readonly coreV1.KeyToPath[] | undefined;
  mode: number;
  optional: boolean;
  missing: (key: string) => string;
}

/** The chosen keys under their paths, or all of them under their own names. */
export function pickFiles(values: ReadonlyMap<string, Buffer>, { items = [], mode, optional, missing }: Picked): Payload {
  if (items.length === 0) return new Map([...values].map(([key, data]) => [key, { data, mode }]));
  const files = new Map<string, PayloadFile>();
  for (const { key, path, mode: own } of items) {
    const data = values.get(key);
    if (data !== undefined) files.set(path, { data, mode: own ?? mode });
    else if (!optional) throw new VolumeError(missing(key));
  }
  return files;
}
