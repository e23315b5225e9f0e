import { arch, cpus, hostname, networkInterfaces, release, totalmem } from 'node:os';
import { readFile, statfs } from 'node:fs/promises';

/** What the node's status tells of the host. */
export interface HostFacts {
  hostname: string;
  cpus: number;
  memoryBytes: number;
  /** Of the file system that holds the pods' files. */
  diskBytes: number;
  /** GOARCH's names: amd64, arm64. */
  architecture: string;
  kernel: string;
  osImage: string;
  machineId: string;
  systemUuid: string;
  bootId: string;
}

export async function readHostFacts(rootDir: string): Promise<HostFacts> {
  const text = async (file: string): Promise<string> => (await readFile(file, 'utf8').catch(() => '')).trim(); // shown empty where the host has no such file
  const disk = await statfs(rootDir);
  const osRelease = await text('/etc/os-release');
  return {
    hostname: hostname().toLowerCase(), cpus: cpus().length, memoryBytes: totalmem(), diskBytes: disk.blocks * disk.bsize,
    architecture: arch() === 'x64' ? 'amd64' : arch(), kernel: release(), osImage: /^PRETTY_NAME="?([^"\n]*)/m.exec(osRelease)?.[1] ?? 'Linux',
    machineId: await text('/etc/machine-id'), systemUuid: await text('/sys/class/dmi/id/product_uuid'), bootId: await text('/proc/sys/kernel/random/boot_id'),
  };
}

/** The first address of the host that others can reach; of the interface with the default route, where there is one. */
export async function defaultNodeIp(): Promise<string> {
  const routes = await readFile('/proc/net/route', 'utf8').catch(() => ''); // no routes: any address will do
  const defaultInterface = routes.split('\n').map((line) => line.split('\t')).find(([, destination]) => destination === '00000000')?.[0];
  const interfaces = Object.entries(networkInterfaces()).sort(([name]) => (name === defaultInterface ? -1 : 1));
  const addresses = interfaces.flatMap(([, list]) => list ?? []).filter(({ family, internal }) => family === 'IPv4' && !internal);
  return addresses[0]?.address ?? '127.0.0.1';
}
