import { coreV1Resources, type coreV1, type ResourceRef } from '@kubernode/api';
import { seededRng, systemClock } from '@kubernode/base';
import { IndexedStore, type Client, type Lister } from '@kubernode/client';
import { silentLogger } from '@kubernode/component-base';
import { ClusterCache } from '../cache/cluster-cache.ts';
import type { NodeView } from '../cache/node-table.ts';
import { podInfo } from '../cache/pod-info.ts';
import { makeProfile } from '../config/make-profiles.ts';
import { defaultConfiguration, type SchedulerConfiguration } from '../config/scheduler-configuration.ts';
import { schedulePod } from '../cycle/schedule-pod.ts';
import type { Cycle, NodeFilter, PluginFactory, PluginHandle } from '../framework/plugin.ts';
import { schedulerNameOf, type Profile } from '../framework/profile.ts';
import type { VerdictCode } from '../framework/verdict.ts';
import { Nominator } from '../queue/nominator.ts';

type Pod = Readonly<coreV1.Pod>;

/** What one plugin has against the pod, or against a node for it. */
export interface Objection { readonly plugin: string; readonly code: VerdictCode; readonly reasons: readonly string[] }

/** How one attempt to place a pod would end now, and everything that was said on the way. */
export interface PlacementJudgement {
  /** False: no profile goes by the pod's schedulerName, so another scheduler has to place it. */
  readonly isOurs: boolean;
  readonly schedulerName: string;
  /** Keeps the pod out of the queue. */
  readonly gates: readonly Objection[];
  /** Turns the pod down whatever node it is. */
  readonly outright: readonly Objection[];
  /** Of every node what all filters have against it, not only the first; nothing for a node that would do. */
  readonly nodes: readonly { readonly node: string; readonly objections: readonly Objection[] }[];
  /** Where the pod would go; or why nowhere, in the words of the scheduler's events, and the node where less important pods would have to go for it. */
  readonly outcome: { readonly node: string } | { readonly message: string; readonly preemptsOn: string | undefined };
}

export interface JudgePlacementOptions {
  /** Everything that there is of a resource; asked for those that `placementResources` names. */
  objectsOf(resource: ResourceRef): readonly object[];
  configuration?: SchedulerConfiguration;
  modules?: ReadonlyMap<string, PluginFactory>;
  nowMs: number;
}

/** What has to be known for a judgement: nodes, pods, and what the plugins of the configuration look at. */
export function placementResources({ configuration = defaultConfiguration, modules = new Map() }: Pick<JudgePlacementOptions, 'configuration' | 'modules'> = {}): readonly ResourceRef[] {
  const asked = new Map<string, ResourceRef>([coreV1Resources.nodes, coreV1Resources.pods].map((one) => [keyOf(one), one]));
  const lister = <T>(resource: ResourceRef<T>): Lister<T> => { asked.set(keyOf(resource), resource); return new IndexedStore<T>(); };
  for (const profile of configuration.profiles) makeProfile(profile, { handle: handleOf({ lister, profileName: profile.schedulerName }), modules });
  return [...asked.values()];
}

/** Plays one attempt to place a pod with the real plugins over given objects. Pure: nothing is bound, evicted or told. */
export function judgePlacement(pod: Pod, options: JudgePlacementOptions): PlacementJudgement {
  const { configuration = defaultConfiguration, modules = new Map(), nowMs } = options;
  const schedulerName = schedulerNameOf(pod);
  const settings = configuration.profiles.find((one) => one.schedulerName === schedulerName);
  if (settings === undefined) return { isOurs: false, schedulerName, gates: [], outright: [], nodes: [], outcome: { message: '', preemptsOn: undefined } };
  const nominator = new Nominator();
  const profile = makeProfile(settings, { handle: handleOf({ lister: listers(options), profileName: schedulerName, nominator }), modules });
  const cycle: Cycle = { subject: podInfo(pod), table: tableOf(pod, options), nowMs };
  const { outright, nodes } = askFilters(cycle, profile);
  return { isOurs: true, schedulerName, gates: gatesOf(pod, profile), outright, nodes, outcome: outcomeOf(cycle, { profile, nominator, configuration }) };
}

function outcomeOf(cycle: Cycle, { profile, nominator, configuration }: { profile: Profile; nominator: Nominator; configuration: SchedulerConfiguration }): PlacementJudgement['outcome'] {
  const decision = schedulePod(cycle, { profile, nominations: nominator, percentageOfNodesToScore: configuration.percentageOfNodesToScore, startIndex: 0, rng: seededRng(1) });
  if (decision instanceof Promise) return { message: 'a program outside has a say, which cannot be asked here', preemptsOn: undefined };
  if (decision.node !== undefined) return { node: decision.node.name };
  return { message: decision.message, preemptsOn: decision.nominated === '' ? undefined : decision.nominated };
}

function gatesOf(pod: Pod, { plugins }: Profile): Objection[] {
  return plugins.preEnqueue.flatMap((plugin) => { const verdict = plugin.preEnqueue?.(pod); return verdict === undefined ? [] : [{ plugin: plugin.name, ...verdict }]; });
}

/** The scheduler asks filters until the first refuses; who wants to understand wants to hear all. */
function askFilters(cycle: Cycle, { plugins }: Profile): Pick<PlacementJudgement, 'outright' | 'nodes'> {
  const outright: Objection[] = [];
  const filters: { plugin: string; filter: NodeFilter }[] = [];
  for (const plugin of new Set([...plugins.preFilter, ...plugins.filter])) {
    const prepared = plugin.prepareFilter?.(cycle);
    if (prepared === undefined) continue;
    if ('code' in prepared) outright.push({ plugin: plugin.name, ...prepared });
    else filters.push({ plugin: plugin.name, filter: prepared });
  }
  return { outright, nodes: cycle.table.nodes.map((node) => ({ node: node.name, objections: filters.flatMap((one) => objectionOf(one, node)) })) };
}

function objectionOf({ plugin, filter }: { plugin: string; filter: NodeFilter }, node: NodeView): Objection[] {
  if (filter.only !== undefined && !filter.only.has(node.name)) return [{ plugin, code: 'unresolvable', reasons: ['is not among the nodes that the pod asks for by name'] }];
  const verdict = filter.check(node);
  return verdict === undefined ? [] : [{ plugin, ...verdict }];
}

/** The nodes with all pods but the one that is judged. */
function tableOf({ metadata }: Pod, { objectsOf }: JudgePlacementOptions): ClusterCache['table'] {
  const cache = new ClusterCache();
  for (const node of objectsOf(coreV1Resources.nodes)) cache.setNode(node as coreV1.Node); // of that resource
  for (const other of objectsOf(coreV1Resources.pods) as readonly coreV1.Pod[]) { // likewise
    const isOver = other.status?.phase === 'Succeeded' || other.status?.phase === 'Failed';
    if ((other.spec?.nodeName ?? '') !== '' && other.metadata.uid !== metadata.uid && !isOver) cache.setPod(other);
  }
  return cache.table;
}

function listers({ objectsOf }: JudgePlacementOptions): PluginHandle['lister'] {
  const stores = new Map<string, IndexedStore<unknown>>();
  return <T>(resource: ResourceRef<T>): Lister<T> => {
    const key = keyOf(resource);
    let store = stores.get(key);
    if (store === undefined) {
      store = new IndexedStore<unknown>();
      for (const object of objectsOf(resource)) store.set(object);
      stores.set(key, store);
    }
    return store as unknown as Lister<T>; // filled with objects of that resource
  };
}

/** Everything that would act does nothing. */
function handleOf({ lister, profileName, nominator = new Nominator() }: { lister: PluginHandle['lister']; profileName: string; nominator?: Nominator }): PluginHandle {
  return {
    profileName, lister, nominations: nominator, client: {} as Client, clock: systemClock, rng: seededRng(1), logger: silentLogger, preemptingExtenders: [], // what asks the client does so in the background, which is left out
    activate: () => undefined, event: () => undefined, background: () => undefined,
    waitingPods: { uids: () => [], allow: () => undefined, reject: () => false, cancelPreBind: () => false },
  };
}

function keyOf({ group, resource }: ResourceRef): string { return `${group}/${resource}`; }
