import type { IpFamily } from '@kubernode/apimachinery';
import { planIpSets, planRestore, type Chains, type Iptables, type IpSets, type IpSetTool } from '@kubernode/netfilter';
import { ownChains, setPrefix, topChain } from '../rules/names.ts';
import type { WantedRules } from '../rules/policy-index.ts';
import { policyJump } from '../rules/render-rules.ts';

export const families: readonly IpFamily[] = ['IPv4', 'IPv6'];

export interface HostFilter { iptables: Readonly<Record<IpFamily, Iptables>>; ipset: IpSetTool }

/** Of both families; the state that was last carried out, or that is wanted. */
export type RulesByFamily = Readonly<Record<IpFamily, WantedRules>>;

export const noRules: RulesByFamily = { IPv4: { rules: {}, sets: new Map() }, IPv6: { rules: {}, sets: new Map() } };

const TABLE = policyJump.table;

/** Turns what was applied into what is wanted: sets grow before rules ask them, and go after the rules that asked. */
export async function applyRules({ iptables, ipset }: HostFilter, { applied, wanted }: { applied: RulesByFamily; wanted: RulesByFamily }): Promise<void> {
  const sets = planIpSets(allSets(applied), allSets(wanted));
  if (sets.fill !== '') await ipset.restore(sets.fill);
  for (const family of families) {
    const [had, has] = [isPresent(applied[family]), isPresent(wanted[family])];
    if (had && !has) await iptables[family].removeJump(policyJump); // first, as a chain that is jumped to cannot be deleted
    const input = planRestore(applied[family].rules, wanted[family].rules, { deletable: ownChains });
    if (input !== '') await iptables[family].restore(input);
    if (has && !had) await iptables[family].ensureJump(policyJump);
  }
  if (sets.destroy !== '') await ipset.restore(sets.destroy);
}

/**
 * What is on the host from an earlier run. Chains stand there as if with a rule that is wanted nowhere, so that each is written anew or
 * deleted; the members of sets are known.
 */
export async function readRules({ iptables, ipset }: HostFilter): Promise<RulesByFamily> {
  const [sets, ipv4, ipv6] = await Promise.all([ipset.list(setPrefix), leftBehind(iptables.IPv4), leftBehind(iptables.IPv6).catch(() => new Map<string, readonly string[]>())]); // a host may know no IPv6;
  return { IPv4: { rules: { [TABLE]: ipv4 }, sets }, IPv6: { rules: { [TABLE]: ipv6 }, sets: new Map() } }; // names tell families apart, so one list may hold both
}

async function leftBehind(iptables: Iptables): Promise<Chains> {
  const chains = (await iptables.chains()).get(TABLE) ?? new Map<string, number>();
  return new Map([...chains.keys()].filter((chain) => ownChains.test(chain)).map((chain) => [chain, ['left behind']]));
}

/** Whether chains or sets are other than they were applied. A jump to them that has gone is put back at once. */
export async function hasDrifted({ iptables, ipset }: HostFilter, applied: RulesByFamily): Promise<boolean> {
  if (!families.some((family) => isPresent(applied[family]))) return false;
  const sizes = await ipset.sizes(setPrefix);
  for (const [name, { members }] of allSets(applied)) if (sizes.get(name) !== members.size) return true;
  for (const family of families.filter((one) => isPresent(applied[one]))) {
    const present = (await iptables[family].chains()).get(TABLE);
    for (const [chain, rules] of applied[family].rules[TABLE] ?? []) if (present?.get(chain) !== rules.length) return true;
    await iptables[family].ensureJump(policyJump);
  }
  return false;
}

function isPresent({ rules }: WantedRules): boolean { return rules[TABLE]?.has(topChain) === true; }

function allSets({ IPv4, IPv6 }: RulesByFamily): IpSets { return new Map([...IPv4.sets, ...IPv6.sets]); }
