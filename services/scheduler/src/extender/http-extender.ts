import type { coreV1 } from '@kubernode/api';
import { isAbortError } from '@kubernode/base';
import type { NodeTable, NodeView } from '../cache/node-table.ts';
import type { ExtenderConfiguration } from '../config/scheduler-configuration.ts';
import type { NodeVictims, PreemptingExtender } from '../framework/plugin.ts';

type Pod = Readonly<coreV1.Pod>;

/** Posts JSON and gives back the answer's; rejects for any status but 200. */
export type PostJson = (url: string, body: unknown, timeoutMs: number) => Promise<unknown>;

/** What an extender says of the nodes that it was asked about. */
export interface ExtenderVerdict { readonly nodes: readonly NodeView[]; readonly failed: Readonly<Record<string, string>>; readonly failedForGood: Readonly<Record<string, string>> }

interface FilterResult { nodes?: { items?: readonly { metadata: { name: string } }[] }; nodeNames?: readonly string[]; NodeNames?: readonly string[]; Nodes?: { items?: readonly { metadata: { name: string } }[] }; FailedNodes?: Readonly<Record<string, string>>; FailedAndUnresolvableNodes?: Readonly<Record<string, string>>; Error?: string }
interface MetaVictims { Pods?: readonly { UID: string }[]; NumPDBViolations?: number }

/** A program outside that is asked over HTTP, in the words of Kubernetes' extender/v1. */
export class HttpExtender implements PreemptingExtender {
  readonly #config: ExtenderConfiguration;
  readonly #post: PostJson;

  constructor(config: ExtenderConfiguration, post: PostJson) {
    this.#config = config;
    this.#post = post;
  }

  get name(): string { return this.#config.urlPrefix; }
  get ignorable(): boolean { return this.#config.ignorable; }
  get weight(): number { return this.#config.weight; }
  get filters(): boolean { return this.#config.filterVerb !== ''; }
  get scores(): boolean { return this.#config.prioritizeVerb !== ''; }
  get binds(): boolean { return this.#config.bindVerb !== ''; }
  get preempts(): boolean { return this.#config.preemptVerb !== ''; }

  /** One that manages resources is asked about the pods that use them. */
  isInterested({ spec }: Pod): boolean {
    const { managedResources } = this.#config;
    if (managedResources.length === 0) return true;
    return [...spec?.containers ?? [], ...spec?.initContainers ?? []].some(({ resources }) => managedResources.some(({ name }) => resources?.requests?.[name] !== undefined || resources?.limits?.[name] !== undefined));
  }

  async filter(pod: Pod, nodes: readonly NodeView[]): Promise<ExtenderVerdict> {
    const result = await this.#send(this.#config.filterVerb, { Pod: pod, ...this.#nodesFor(nodes) }) as FilterResult; // by contract
    if (result.Error !== undefined && result.Error !== '') throw new Error(result.Error);
    const byName = new Map(nodes.map((one) => [one.name, one]));
    const names = this.#config.nodeCacheCapable ? result.NodeNames ?? result.nodeNames ?? namesOf(result) : namesOf(result);
    const left = names.map((name) => {
      const node = byName.get(name);
      if (node === undefined) throw new Error(`extender "${this.name}" claims a filtered node "${name}" which is not found in the input node list`);
      return node;
    });
    return { nodes: left, failed: result.FailedNodes ?? {}, failedForGood: result.FailedAndUnresolvableNodes ?? {} };
  }

  /** Scores by node name, 0 to 10. */
  async prioritize(pod: Pod, nodes: readonly NodeView[]): Promise<ReadonlyMap<string, number>> {
    const scores = await this.#send(this.#config.prioritizeVerb, { Pod: pod, ...this.#nodesFor(nodes) }) as readonly { Host: string; Score: number }[]; // by contract
    return new Map(scores.map(({ Host, Score }) => [Host, Score]));
  }

  async bind({ metadata: { name, namespace, uid } }: Pod, node: string): Promise<void> {
    const { Error: fault = '' } = await this.#send(this.#config.bindVerb, { PodName: name, PodNamespace: namespace, PodUID: uid, Node: node }) as { Error?: string }; // by contract
    if (fault !== '') throw new Error(fault);
  }

  async processPreemption(pod: Pod, victims: ReadonlyMap<NodeView, NodeVictims>, table: NodeTable): Promise<Map<NodeView, NodeVictims>> {
    const whole = Object.fromEntries([...victims].map(([{ name }, { pods, violations }]) => [name, { Pods: pods.map((one) => one.pod), NumPDBViolations: violations }]));
    const short = Object.fromEntries([...victims].map(([{ name }, { pods, violations }]) => [name, { Pods: pods.map(({ uid }) => ({ UID: uid })), NumPDBViolations: violations }]));
    const args = this.#config.nodeCacheCapable ? { Pod: pod, NodeNameToMetaVictims: short } : { Pod: pod, NodeNameToVictims: whole };
    const { NodeNameToMetaVictims: left = {} } = await this.#send(this.#config.preemptVerb, args) as { NodeNameToMetaVictims?: Readonly<Record<string, MetaVictims>> }; // by contract
    return new Map(Object.entries(left).map(([name, one]) => this.#victims(name, one, table)));
  }

  #victims(name: string, { Pods = [], NumPDBViolations = 0 }: MetaVictims, table: NodeTable): [NodeView, NodeVictims] {
    const node = table.get(name);
    if (node === undefined) throw new Error(`nodeinfo not found for node name "${name}"`);
    const pods = Pods.map(({ UID }) => {
      const pod = node.pods.get(UID);
      if (pod === undefined) throw new Error(`extender: ${this.name} claims to preempt pod (UID: ${UID}) on node: ${name}, but the pod is not found on that node`);
      return pod;
    });
    return [node, { pods, violations: NumPDBViolations }];
  }

  #nodesFor(nodes: readonly NodeView[]): object {
    return this.#config.nodeCacheCapable ? { Nodes: null, NodeNames: nodes.map(({ name }) => name) } : { Nodes: { kind: 'NodeList', apiVersion: 'v1', metadata: {}, items: nodes.map(({ node }) => node) }, NodeNames: null };
  }

  async #send(verb: string, body: object): Promise<unknown> {
    try { return await this.#post(`${this.name.replace(/\/+$/, '')}/${verb}`, body, this.#config.httpTimeoutMs); } catch (error) {
      throw isAbortError(error) ? new Error(`extender ${this.name} did not answer within ${this.#config.httpTimeoutMs / 1000} s`, { cause: error }) : error;
    }
  }
}

function namesOf({ Nodes, nodes }: FilterResult): string[] { return ((Nodes ?? nodes)?.items ?? []).map(({ metadata }) => metadata.name); }
