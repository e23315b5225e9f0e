import type { IpFamily } from '@kubernode/apimachinery';
import { runProgram } from '@kubernode/component-base';
import { environmentWithSbin } from '@kubernode/netfilter';
import { TABLE } from './base-table.ts';
import { nftFamily } from './element-names.ts';

/** What is in our table. */
export interface TableListing { chains: ReadonlySet<string>; sets: ReadonlySet<string>; ruleCount: number; elementCount: number }

/** The host's nft for one family, as narrow as the proxy needs it; a fake in tests. */
export interface Nft {
  /** Carries out commands, all or nothing. Rejects with nft's own words. */
  run(commands: string): Promise<void>;
  /** Our table; undefined when it is not there. `terse` leaves out elements. */
  list(options?: { terse?: boolean }): Promise<TableListing | undefined>;
  /** Whether our table is there; cheap whatever it holds. */
  hasTable(): Promise<boolean>;
}

const TIMEOUT_MS = 120_000;
/** Replies are read whole; 10,000 services have 40 MB. */
const NOT_FOUND = /No such file or directory|does not exist/;

/** nft by its program. `prefix` runs it elsewhere: `['ip', 'netns', 'exec', NAME]`. */
export function createNft({ family: ipFamily, prefix = [] }: { family: IpFamily; prefix?: readonly string[] }): Nft {
  const family = nftFamily(ipFamily);
  const run = async (args: readonly string[], input = ''): Promise<string> => {
    const [program = '', ...rest] = [...prefix, 'nft', ...args];
    const { status, stdout, stderr } = await runProgram(program, rest, { env: environmentWithSbin(), input, timeoutMs: TIMEOUT_MS });
    if (status !== 0) throw new Error(`nft: ${stderr.trim().slice(0, 2000)}`);
    return stdout;
  };
  const listed = async (args: readonly string[]): Promise<string | undefined> => {
    try { return await run(args); } catch (error) {
      if (error instanceof Error && NOT_FOUND.test(error.message)) return undefined;
      throw error;
    }
  };
  return {
    async run(commands) { await run(['-f', '-'], commands); },
    async list({ terse = false } = {}) {
      const text = await listed(['-j', ...(terse ? ['-t'] : []), 'list', 'table', family, TABLE]);
      return text === undefined ? undefined : readListing(text);
    },
    async hasTable() { return (await run(['list', 'tables', family])).split('\n').includes(`table ${family} ${TABLE}`); },
  };
}

interface Listed { chain?: { name: string }; rule?: object; set?: { name: string; elem?: unknown[] }; map?: { name: string; elem?: unknown[] } }

function readListing(text: string): TableListing {
  const { nftables = [] } = JSON.parse(text) as { nftables?: readonly Listed[] }; // nft's own format, version 1
  const named = nftables.flatMap(({ set, map }) => (set ?? map) ?? []);
  return {
    chains: new Set(nftables.flatMap(({ chain }) => (chain ? [chain.name] : []))), sets: new Set(named.map(({ name }) => name)),
    ruleCount: nftables.filter(({ rule }) => rule !== undefined).length,
    elementCount: named.filter(({ name }) => !name.startsWith('affinity-')).reduce((sum, { elem }) => sum + (elem?.length ?? 0), 0), // clients come and go by themselves
  };
}
