import type { coreV1 } from '@kubernode/api';
import type { Clock } from '@kubernode/base';
import type { Refusal } from '../pod-workers/pod-end.ts';
import type { PodEvents } from '../events/pod-events.ts';
import { initContainers, mainContainers, type Pod, podUid, qosClass } from '../pod/pod-facts.ts';
import { priorityOf } from '../pod/pod-origin.ts';
import { toRfc3339 } from '../status/compute-container-statuses.ts';
import { amountsOf } from './compute-resize.ts';
import type { PodRecord, ResourceRecords, Resources } from './resource-records.ts';
import { withResources } from './with-resources.ts';

export interface PodAllocationsDeps {
  allocated: ResourceRecords;
  actuated: ResourceRecords;
  /** Why a pod with such resources does not fit beside the others. */
  admit: (pod: Pod, operation: 'add' | 'resize') => Refusal | undefined;
  events: PodEvents;
  clock: Clock;
  /** The pod is to be looked at again. */
  onChange: (uid: string) => void;
}

interface Resizing { pending?: coreV1.PodCondition | undefined; inProgress?: coreV1.PodCondition | undefined }

const RETRY_MS = 180_000;
const FIRST_RETRY_MS = 30_000;

/**
 * What the node has allocated to each pod, which its spec may ask to change (`/resize`): a change that fits is taken over, one that does
 * not waits until there is room, and the pod's conditions tell.
 */
export class PodAllocations {
  readonly #deps: PodAllocationsDeps;
  readonly #resizing = new Map<string, Resizing>();
  /** Pods whose wish is not fulfilled yet, as last seen. */
  readonly #waiting = new Map<string, Pod>();

  constructor(deps: PodAllocationsDeps) { this.#deps = deps; }

  /** Tries again now and then what could not be allocated. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    for (let waitMs = FIRST_RETRY_MS; !signal.aborted; waitMs = RETRY_MS) {
      await clock.sleep(waitMs, { signal }).catch(() => undefined); // aborted: the loop ends
      if (!signal.aborted) this.retry();
    }
  }

  /** The pod with what it has, not with what it wishes for. */
  podFor(pod: Pod): Pod {
    const record = this.#deps.allocated.get(podUid(pod));
    return record === undefined ? pod : withResources(pod, (name) => record.containers[name], record.pod);
  }

  /** Whether an earlier run of the agent, or this one, has taken the pod. */
  has(pod: Pod): boolean { return this.#deps.allocated.get(podUid(pod)) !== undefined; }

  /** Takes a new pod, or tells why not. One that has begun on this node was taken once. */
  add(pod: Pod, { hasBegun }: { hasBegun: boolean }): Refusal | undefined {
    const known = this.has(pod);
    const refusal = known || hasBegun ? undefined : this.#deps.admit(pod, 'add');
    if (refusal !== undefined) return refusal;
    this.#recall(pod);
    if (known) this.consider(pod); else void this.#deps.allocated.set(podUid(pod), recordOf(pod));
    return undefined;
  }

  /** The pod's spec may have changed: what it wishes for is allocated if it fits. */
  consider(pod: Pod): void {
    const uid = podUid(pod);
    if (!this.has(pod)) return;
    if (this.podFor(pod) === pod) {
      this.#waiting.delete(uid);
      this.#update(uid, { pending: undefined });
      return;
    }
    this.#waiting.set(uid, pod);
    this.retry();
  }

  /** There may be room now. */
  retry(): void {
    for (const pod of [...this.#waiting.values()].sort((a, b) => this.#rank(a) - this.#rank(b) || priorityOf(b) - priorityOf(a) || qosRank(a) - qosRank(b))) this.#allocate(pod);
  }

  forgetPod(uid: string): void {
    this.#resizing.delete(uid);
    this.#waiting.delete(uid);
    this.#deps.allocated.remove(uid);
    this.#deps.actuated.remove(uid);
    if (this.#waiting.size > 0) this.retry();
  }

  conditions(uid: string): readonly coreV1.PodCondition[] {
    const { pending, inProgress } = this.#resizing.get(uid) ?? {};
    return [...(pending === undefined ? [] : [pending]), ...(inProgress === undefined ? [] : [inProgress])];
  }

  /** What the kernel was last told of a container, or, without a name, of the pod's own group. */
  actuated(uid: string, container?: string): Resources | undefined {
    const record = this.#deps.actuated.get(uid);
    return container === undefined ? record?.pod : record?.containers[container];
  }
  setActuated(uid: string, container: string, resources: Resources): void { void this.#deps.actuated.setContainer(uid, container, resources); }
  setPodActuated(uid: string, resources: Resources): void { void this.#deps.actuated.setPod(uid, resources); }

  /** What the pod's containers have is, or is not, what is allocated to them. */
  setProgress(pod: Pod, isUnderWay: boolean): void {
    const uid = podUid(pod);
    const before = this.#resizing.get(uid)?.inProgress;
    if (isUnderWay && before === undefined) this.#update(uid, { inProgress: this.#condition('PodResizeInProgress', { generation: pod.metadata.generation }) });
    if (isUnderWay || before === undefined) return;
    this.#update(uid, { inProgress: undefined });
    this.#deps.events.normal(pod, 'ResizeCompleted', `Pod resize completed: ${summary(pod, before.observedGeneration)}`);
    if (this.#waiting.size > 0) this.retry();
  }

  /** What is allocated could not be given. */
  setError(pod: Pod, message: string): void {
    const before = this.#resizing.get(podUid(pod))?.inProgress;
    const generation = before?.observedGeneration ?? pod.metadata.generation;
    if (before?.reason === 'Error' && before.message === message) return;
    this.#update(podUid(pod), { inProgress: this.#condition('PodResizeInProgress', { reason: 'Error', message, generation, before }) });
    this.#deps.events.warning(pod, 'ResizeError', `Pod resize error: ${summary(pod, generation, message)}`);
  }

  #allocate(pod: Pod): void {
    const uid = podUid(pod);
    const { admit, allocated, events, onChange } = this.#deps;
    const { generation } = pod.metadata;
    const refusal = admit(pod, 'resize');
    if (refusal === undefined) {
      this.#waiting.delete(uid);
      this.#update(uid, { pending: undefined, inProgress: this.#condition('PodResizeInProgress', { generation }) });
      events.normal(pod, 'ResizeStarted', `Pod resize started: ${summary(pod, generation)}`);
      void allocated.set(uid, recordOf(pod)).then(() => { onChange(uid); });
      return;
    }
    const reason = refusal.reason === 'Infeasible' ? 'Infeasible' : 'Deferred';
    const before = this.#resizing.get(uid)?.pending;
    if (reason === 'Infeasible') this.#waiting.delete(uid);
    this.#update(uid, { pending: this.#condition('PodResizePending', { reason, message: refusal.message, generation, before }) });
    if (before?.reason === reason && before.observedGeneration === generation) return;
    events.warning(pod, `Resize${reason}`, `Pod resize ${refusal.reason}: ${summary(pod, generation, refusal.message)}`);
    onChange(uid);
  }

  #condition(type: string, { reason, message, generation, before }: { reason?: string; message?: string; generation: number | undefined; before?: coreV1.PodCondition | undefined }): coreV1.PodCondition {
    const now = toRfc3339(this.#deps.clock.now());
    const lastTransitionTime = before !== undefined && before.reason === reason ? before.lastTransitionTime ?? now : now;
    return { type, status: 'True', lastProbeTime: now, lastTransitionTime, ...(reason !== undefined && { reason }), ...(message !== undefined && { message }), ...(generation !== undefined && { observedGeneration: generation }) };
  }

  #update(uid: string, change: Resizing): void {
    const next = { ...this.#resizing.get(uid), ...change };
    if (next.pending === undefined && next.inProgress === undefined) this.#resizing.delete(uid); else this.#resizing.set(uid, next);
  }

  /** How an earlier run left a change, as the pod's status tells. */
  #recall(pod: Pod): void {
    const of = (type: string): coreV1.PodCondition | undefined => pod.status?.conditions?.find((one) => one.type === type && one.status === 'True');
    this.#update(podUid(pod), { pending: of('PodResizePending'), inProgress: of('PodResizeInProgress') });
  }

  /** Those that ask for no more than they have go first: they always fit. */
  #rank(pod: Pod): number {
    const sum = (one: Pod): [number, number] => mainContainers(one).reduce(([cpu, memory], { resources = {} }) => [cpu + amountsOf(resources).cpuRequest, memory + amountsOf(resources).memoryRequest], [0, 0]);
    const [cpu, memory] = sum(pod);
    const [cpuNow, memoryNow] = sum(this.podFor(pod));
    return cpu > cpuNow || memory > memoryNow ? 1 : 0;
  }
}

function qosRank(pod: Pod): number { return qosClass(pod) === 'Guaranteed' ? 0 : 1; }

function recordOf(pod: Pod): PodRecord {
  return {
    containers: Object.fromEntries([...initContainers(pod), ...mainContainers(pod)].map(({ name, resources = {} }) => [name, resources])),
    ...(pod.spec?.resources !== undefined && { pod: pod.spec.resources }),
  };
}

/** What events tell of a change: the amounts that the spec names, and which of its versions that is. */
function summary(pod: Pod, generation = 0, error?: string): string {
  const list = (containers: ReturnType<typeof mainContainers>): unknown => (containers.length === 0 ? undefined : containers.map(({ name, resources = {} }) => ({ name, resources })));
  return JSON.stringify({ initContainers: list(initContainers(pod)), containers: list(mainContainers(pod)), generation, ...(error !== undefined && { error }) });
}
