import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { UsageError } from '@kubernode/component-base';

type Family = 4 | 6;

/** The addresses that `--node-ip` means: one, one of each family, or the host's own of the family that `0.0.0.0` or `::` stand for. @throws UsageError */
export async function nodeAddresses(flag: string | undefined): Promise<readonly string[]> {
  const given = (flag ?? '').split(',').map((one) => one.trim()).filter((one) => one !== '');
  const families = given.map(isIP);
  if (given.some((one) => isIP(one) === 0) || given.length > 2 || (given.length === 2 && families[0] === families[1])) {
    throw new UsageError(`bad --node-ip "${flag ?? ''}": must contain either a single IP or a dual-stack pair of IPs`);
  }
  if (given.length === 0) return [await defaultAddress(4) ?? await defaultAddress(6) ?? '127.0.0.1'];
  return Promise.all(given.map(async (one) => (one === '0.0.0.0' || one === '::' ? await defaultAddress(one === '::' ? 6 : 4) ?? one : one)));
}

/** The first address of that family that others can reach; of the interface with the default route, where there is one. */
async function defaultAddress(family: Family): Promise<string | undefined> {
  const through = family === 4 ? await defaultInterface4() : await defaultInterface6();
  const interfaces = Object.entries(networkInterfaces()).sort(([a], [b]) => Number(b === through) - Number(a === through));
  const addresses = interfaces.flatMap(([, list]) => list ?? []).filter((one) => one.family === `IPv${family}` && !one.internal && !one.address.startsWith('fe80:'));
  return addresses[0]?.address;
}

async function defaultInterface4(): Promise<string | undefined> {
  const routes = await readFile('/proc/net/route', 'utf8').catch(() => ''); // no routes: any address will do
  return routes.split('\n').map((line) => line.split('\t')).find(([, destination]) => destination === '00000000')?.[0];
}

async function defaultInterface6(): Promise<string | undefined> {
  const routes = await readFile('/proc/net/ipv6_route', 'utf8').catch(() => ''); // no routes: any address will do
  return routes.split('\n').map((line) => line.trim().split(/\s+/)).find(([destination, length, ...rest]) => /^0{32}$/.test(destination ?? '') && length === '00' && rest.at(-1) !== 'lo')?.at(-1);
}
