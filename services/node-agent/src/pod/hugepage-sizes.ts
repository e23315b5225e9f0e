import { readdirSync } from 'node:fs';
import { unitName } from './container-resources.ts';

/** The sizes of huge pages that this host's kernel knows; they do not change while it runs. */
export function hugepageSizes(): readonly string[] {
  try {
    return readdirSync('/sys/kernel/mm/hugepages').map((name) => unitName(1024 * Number(/^hugepages-(\d+)kB$/.exec(name)?.[1] ?? 0)));
  } catch { return []; } // a kernel without
}
