import { arch, cpus, hostname, release, totalmem } from 'node:os';
import { readdir, readFile, statfs } from 'node:fs/promises';

/** What the node's status tells of the host. */
export interface HostFacts {
  hostname: string;
  cpus: number;
  memoryBytes: number;
  swapBytes: number;
  /** Of the file system that holds the pods' files. */
  diskBytes: number;
  hugepages: readonly { sizeBytes: number; count: number }[];
  /** GOARCH's names: amd64, arm64. */
  architecture: string;
  kernel: string;
  osImage: string;
  machineId: string;
  systemUuid: string;
  bootId: string;
}

const HUGEPAGES = '/sys/kernel/mm/hugepages';

export async function readHostFacts(rootDir: string): Promise<HostFacts> {
  const text = async (...files: string[]): Promise<string> => {
    for (const file of files) {
      const found = (await readFile(file, 'utf8').catch(() => '')).trim(); // shown empty where the host has no such file
      if (found !== '') return found;
    }
    return '';
  };
  const disk = await statfs(rootDir);
  const osRelease = await text('/etc/os-release', '/usr/lib/os-release');
  const machineId = await text('/etc/machine-id', '/var/lib/dbus/machine-id');
  return {
    hostname: hostname().toLowerCase(), cpus: cpus().length, memoryBytes: totalmem(), swapBytes: Number(/^SwapTotal:\s+(\d+)/m.exec(await text('/proc/meminfo'))?.[1] ?? 0) * 1024,
    diskBytes: disk.blocks * disk.bsize, hugepages: await readHugepages(text),
    architecture: arch() === 'x64' ? 'amd64' : arch(), kernel: release(), osImage: /^PRETTY_NAME="?([^"\n]*)/m.exec(osRelease)?.[1] ?? 'Linux',
    machineId, systemUuid: await text('/sys/class/dmi/id/product_uuid', '/proc/device-tree/system-id', '/proc/device-tree/vm,uuid', '/etc/machine-id'), bootId: await text('/proc/sys/kernel/random/boot_id'),
  };
}

async function readHugepages(text: (file: string) => Promise<string>): Promise<{ sizeBytes: number; count: number }[]> {
  const sizes = await readdir(HUGEPAGES).catch(() => []); // a kernel without
  const pages = await Promise.all(sizes.map(async (name) => ({ sizeBytes: Number(/^hugepages-(\d+)kB$/.exec(name)?.[1] ?? 0) * 1024, count: Number(await text(`${HUGEPAGES}/${name}/nr_hugepages`)) })));
  return pages.filter(({ sizeBytes }) => sizeBytes > 0);
}
