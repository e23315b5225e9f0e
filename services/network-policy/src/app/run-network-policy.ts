import { coreV1Resources, networkingV1Resources, type networkingV1 } from '@kubernode/api';
import { errorMessage, isAbortError, WakeUp, type Clock } from '@kubernode/base';
import type { InformerFactory } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import type { Registry } from 'prom-client';
import { createPolicyMetrics, type PolicyMetrics } from '../metrics.ts';
import { compilePolicy, directions, type CompiledPolicy } from '../policy/compile-policy.ts';
import { policyPod } from '../policy/policy-pod.ts';
import { PolicyIndex } from '../rules/policy-index.ts';
import { applyRules, families, hasDrifted, readRules, type HostFilter, type RulesByFamily } from './apply-rules.ts';

export interface NetworkPolicyOptions {
  informers: InformerFactory;
  filter: HostFilter;
  clock: Clock;
  logger: Logger;
  registry: Registry;
  nodeName: string;
  /** Called after each round that succeeded. */
  onSynced?: () => void;
}

/** Changes that come within this time are made in one round, ms. */
const BATCH_MS = 20;
/** Rules are looked at again this often, so that what others changed comes back, ms. */
const RESYNC_MS = 30_000;
const RETRY_MS = 1000;

/** Keeps the node's rules as policies ask for them, until aborted. They stay when it ends, so that a restart opens nothing. */
export async function runNetworkPolicy(options: NetworkPolicyOptions, signal: AbortSignal): Promise<void> {
  const { informers, logger } = options;
  const change = new WakeUp();
  const index = new PolicyIndex({ nodeName: options.nodeName });
  const rounds = new Rounds({ options, index });
  const policies = informers.informer(networkingV1Resources.networkpolicies);
  using _policies = policies.onChange(({ key, object }) => { index.setPolicy(key, object && compile(object, logger)); change.ring(); });
  await policies.synced(signal);
  // Pods and namespaces are not asked for before the first policy: most clusters have none.
  while (policies.lister.list().length === 0) await rounds.next(change, signal);
  const [pods, namespaces] = [informers.informer(coreV1Resources.pods), informers.informer(coreV1Resources.namespaces)];
  using _namespaces = namespaces.onChange(({ key, object }) => { index.setNamespace(key, object && (object.metadata.labels ?? {})); change.ring(); });
  using _pods = pods.onChange(({ key, object }) => { if (index.setPod(key, object && policyPod(object))) change.ring(); });
  await Promise.all([pods.synced(signal), namespaces.synced(signal)]);
  for (;;) await rounds.next(change, signal);
}

/** One round after the other; knows what the last one left on the host. */
class Rounds {
  readonly #options: NetworkPolicyOptions;
  readonly #index: PolicyIndex;
  readonly #metrics: PolicyMetrics;
  #applied: RulesByFamily | undefined;
  #heard = true;

  constructor({ options, index }: { options: NetworkPolicyOptions; index: PolicyIndex }) {
    this.#options = options;
    this.#index = index;
    this.#metrics = createPolicyMetrics(options.registry);
  }

  /** Brings the host up to date, and waits for a change or until it is time to look again. */
  async next(change: WakeUp, signal: AbortSignal): Promise<void> {
    const { clock, logger, onSynced } = this.#options;
    let waitMs = RESYNC_MS;
    try {
      await this.#sync();
      onSynced?.();
    } catch (error) {
      if (isAbortError(error)) throw error;
      this.#metrics.syncFailures.inc();
      logger.error('network policies could not be brought up to date', { error: errorMessage(error) });
      this.#applied = undefined; // what is there now is unknown
      waitMs = RETRY_MS;
    }
    this.#heard = await change.heardWithin({ clock, ms: waitMs }, signal);
    await clock.sleep(BATCH_MS, { signal });
    if (change.take()) this.#heard = true;
  }

  async #sync(): Promise<void> {
    const { filter, clock, logger } = this.#options;
    const startedAt = clock.monotonicNow();
    if (!this.#heard && this.#applied !== undefined && await hasDrifted(filter, this.#applied)) {
      this.#metrics.repairs.inc();
      logger.warn('others changed rules or sets of network policies; they are written again');
      this.#applied = undefined;
    }
    const wanted: RulesByFamily = { IPv4: this.#index.wanted('IPv4'), IPv6: this.#index.wanted('IPv6') };
    await applyRules(filter, { applied: this.#applied ?? await readRules(filter), wanted });
    this.#applied = wanted;
    this.#tell(wanted, (clock.monotonicNow() - startedAt) / 1000);
  }

  #tell(wanted: RulesByFamily, seconds: number): void {
    const { syncDuration, lastSync, rules, setMembers, isolatedPods } = this.#metrics;
    syncDuration.observe(seconds);
    lastSync.set(this.#options.clock.now() / 1000);
    for (const family of families) {
      const chains = Object.values(wanted[family].rules).flatMap((table) => [...table.values()]);
      rules.set({ ip_family: family }, chains.reduce((sum, list) => sum + list.length, 0));
      setMembers.set({ ip_family: family }, [...wanted[family].sets.values()].reduce((sum, set) => sum + set.members.size, 0));
    }
    for (const direction of directions) isolatedPods.set({ direction }, this.#index.isolated(direction));
  }
}

/** A policy that cannot be read, which the API server does not take, changes nothing. */
function compile(policy: Readonly<networkingV1.NetworkPolicy>, logger: Logger): CompiledPolicy | undefined {
  try { return compilePolicy(policy); } catch (error) {
    logger.warn('a network policy cannot be read', { namespace: policy.metadata.namespace, name: policy.metadata.name, error: errorMessage(error) });
    return undefined;
  }
}
