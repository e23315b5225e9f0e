import type { IpFamily } from '@kubernode/apimachinery';
import { runProgram } from '@kubernode/component-base';
import { environmentWithSbin } from './environment-with-sbin.ts';
import type { Backend } from './host-iptables.ts';

const BACKENDS = ['nft', 'legacy'] as const;

/**
 * The implementation of iptables to use on this host: the one that holds more rules, as two that translate the same packets get into each
 * other's way; with none, nft, as one change there costs the same whatever the number of rules. `''` where the host has but one.
 */
export async function chooseBackend(family: IpFamily = 'IPv4', prefix: readonly string[] = []): Promise<Backend> {
  const counts = new Map<Backend, number>();
  for (const backend of BACKENDS) {
    const [program, ...args] = [...prefix, `${family === 'IPv4' ? 'iptables' : 'ip6tables'}-${backend}-save`];
    const { status, stdout } = await runProgram(program, args, { env: environmentWithSbin() });
    if (status === 0) counts.set(backend, countRules(stdout));
  }
  return preferred(counts);
}

/** Pure. */
export function preferred(counts: ReadonlyMap<Backend, number>): Backend {
  const [nft, legacy] = [counts.get('nft'), counts.get('legacy')];
  if (nft === undefined || legacy === undefined) return '';
  return legacy > nft ? 'legacy' : 'nft';
}

const countRules = (saved: string): number => saved.split('\n').filter((line) => line.startsWith('-A ')).length;
