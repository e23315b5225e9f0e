import type { IpFamily } from '@kubernode/apimachinery';

/** Members look as the kernel prints them: `10.0.0.1`, `10.0.0.0/8`, `10.0.0.1,tcp:80`. */
export type IpSetKind = 'hash:ip' | 'hash:net' | 'hash:ip,port';

export interface IpSet {
  kind: IpSetKind;
  family: IpFamily;
  members: ReadonlySet<string>;
  /** How it came from the set that had those very members, for whom comparing all would cost too much. */
  since?: { members: ReadonlySet<string>; added: readonly string[]; removed: readonly string[] };
}

/** The sets of one owner by name; a name stands for one kind and family for ever. */
export type IpSets = ReadonlyMap<string, IpSet>;

/** The host's ipset, as narrow as its users need it; a fake in tests. */
export interface IpSetTool {
  /** Carries out the input of `ipset restore`, line by line. Rejects with ipset's own words. */
  restore(input: string): Promise<void>;
  /** The sets whose names begin so, with their members: for what an earlier run left behind. */
  list(prefix: string): Promise<IpSets>;
  /** How many members each of them has: for drift, without reading all of them. */
  sizes(prefix: string): Promise<ReadonlyMap<string, number>>;
}

/** The kernel's own bound is 65,536. */
const MEMBERS_MAX = 1_048_576;

/**
 * The input of `ipset restore` that turns what was applied into what is wanted: `fill` before the rules that ask these sets, `destroy` after
 * the rules that asked those which are gone. Only members that differ are named. Pure.
 */
export function planIpSets(applied: IpSets, wanted: IpSets): { fill: string; destroy: string } {
  const fill: string[] = [];
  for (const [name, set] of wanted) {
    const before = applied.get(name);
    if (before === undefined) fill.push(`create ${name} ${set.kind} family ${set.family === 'IPv4' ? 'inet' : 'inet6'} maxelem ${MEMBERS_MAX} -exist`);
    const { added, removed } = difference(before, set);
    fill.push(...removed.map((member) => `del ${name} ${member} -exist`), ...added.map((member) => `add ${name} ${member} -exist`));
  }
  const destroy = [...applied.keys()].filter((name) => !wanted.has(name)).map((name) => `destroy ${name}`);
  return { fill: text(fill), destroy: text(destroy) };
}

function difference(before: IpSet | undefined, set: IpSet): { added: readonly string[]; removed: readonly string[] } {
  if (before === undefined) return { added: [...set.members], removed: [] };
  if (before.members === set.members) return { added: [], removed: [] };
  if (before.members === set.since?.members) return set.since;
  return { added: [...set.members].filter((member) => !before.members.has(member)), removed: [...before.members].filter((member) => !set.members.has(member)) };
}

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
