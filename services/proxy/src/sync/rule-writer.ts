import type { RoutedPort } from '../topology/route-port.ts';
import type { PortChange } from '../topology/routed-ports.ts';

/** Keeps the kernel's rules of one family, by iptables or by nftables. One call at a time. A rejected call leaves rules that are unknown. */
export interface RuleWriter {
  /** Writes everything, whatever is there, and removes what an earlier run left behind. */
  writeAll(ports: readonly RoutedPort[]): Promise<void>;
  /** Writes what differs. */
  writeChanges(changes: readonly PortChange[]): Promise<void>;
  /** Whether a look finds what was written last: `quick` at what anybody would remove first, else at all that can be afforded. */
  isIntact(look: 'quick' | 'thorough'): Promise<boolean>;
  /** Whether enough changed since everything was written that it should be written anew. */
  wantsAll(portCount: { endpoints: number }): boolean;
}
