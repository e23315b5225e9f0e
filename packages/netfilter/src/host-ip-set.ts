import { runProgram, type ProgramResult } from '@kubernode/component-base';
import { environmentWithSbin } from './environment-with-sbin.ts';
import type { IpSet, IpSetKind, IpSets, IpSetTool } from './ip-set.ts';

/** What runProgram gives for a program that is missing: then there are no sets. */
const NOT_INSTALLED = 127;

/** ipset by its program, which comes with the host. `prefix` runs it elsewhere: `['ip', 'netns', 'exec', NAME]`. */
export function createHostIpSet({ prefix = [] }: { prefix?: readonly string[] } = {}): IpSetTool {
  const run = async (args: readonly string[], input = ''): Promise<ProgramResult> => {
    const [program = '', ...rest] = [...prefix, 'ipset', ...args];
    const result = await runProgram(program, rest, { env: environmentWithSbin(), input });
    if (result.status !== 0 && result.status !== NOT_INSTALLED) throw new Error(`ipset: ${result.stderr.trim()}`);
    return result;
  };
  return {
    async restore(input) {
      if ((await run(['restore'], input)).status === NOT_INSTALLED) throw new Error('ipset is not installed');
    },
    list: async (names) => setsIn((await run(['save'])).stdout, names),
    sizes: async (names) => sizesIn((await run(['list', '-terse'])).stdout, names),
  };
}

function setsIn(saved: string, prefix: string): IpSets {
  const sets = new Map<string, IpSet & { members: Set<string> }>();
  for (const line of saved.split('\n')) {
    const [action, name = '', what = '', , family] = line.split(' ');
    if (!name.startsWith(prefix)) continue;
    if (action === 'create') sets.set(name, { kind: what as IpSetKind, family: family === 'inet6' ? 'IPv6' : 'IPv4', members: new Set() }); // a name of ours is of a kind of ours
    if (action === 'add') sets.get(name)?.members.add(what);
  }
  return sets;
}

function sizesIn(listed: string, prefix: string): Map<string, number> {
  const sizes = new Map<string, number>();
  let name = '';
  for (const line of listed.split('\n')) {
    name = /^Name: (\S+)$/.exec(line)?.[1] ?? name;
    const size = /^Number of entries: (\d+)$/.exec(line)?.[1];
    if (size !== undefined && name.startsWith(prefix)) sizes.set(name, Number(size));
  }
  return sizes;
}
