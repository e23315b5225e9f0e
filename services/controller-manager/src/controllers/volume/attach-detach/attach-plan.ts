import { goQuote, sameJson } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import type { Action, Plan } from '@kubernode/controller';
import { isReadyPod } from '../../pods.ts';
import { allowsManyNodes, isAttached, isCsiName, newAttachment } from './attachment.ts';
import { isTakenElsewhere, patienceMs, troubleWith } from './attach-trouble.ts';
import { attachments, nodes, type Held, type NodeScene, type Wanted } from './node-scene.ts';

type Node = Readonly<coreV1.Node>;
type Pod = Readonly<coreV1.Pod>;

/** After this long a node that is not ready is believed to use nothing any more. */
export const FORCE_DETACH_MS = 360_000;
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';
/** A volume that waits for another node to let it go is looked at again this often, should that go unnoticed. */
const BLOCKED_RECHECK_MS = 10_000;

export interface AttachOptions {
  /** Whether volumes of nodes that are not ready are detached in the end, used or not. */
  forceDetach: boolean;
  /** Told of each volume that is detached without its node's word. */
  onForced?: (reason: 'timeout' | 'out-of-service') => void;
}

/**
 * What to do about one node's volumes: first let go what nobody needs, then ask for what pods need, then tell the node what it has. A node
 * mounts only what its status says is attached, and says what it uses before it mounts; so a volume is taken out of the status first, and
 * detached only if the node's answer shows that it is not in use.
 */
export function reconcileNode(scene: NodeScene, nowMs: number, options: AttachOptions): Plan {
  const leaving = [...scene.held].filter(([name, held]) => mayLeave(name, held, scene, options));
  const reported = reportedVolumes(scene, new Set(leaving.map(([name]) => name)));
  return {
    actions: [...report(scene, reported, leaving, options), ...[...scene.wanted].flatMap(([name, wanted]) => [...attach(name, wanted, scene), ...tell(name, wanted, scene, nowMs)])],
    againAfterMs: nextLookMs(scene, nowMs, options),
  };
}

/** Whether a volume is to be detached now. */
function mayLeave(name: string, { attachment, unwantedMs }: Held, { node }: NodeScene, options: AttachOptions): boolean {
  if (unwantedMs === undefined || attachment.metadata.deletionTimestamp !== undefined) return false;
  return !isMounted(name, node) || isForced(node, unwantedMs, options) || isOutOfService(node);
}

/** A node that is gone cannot say that it uses nothing. */
function isMounted(name: string, node: Node | undefined): boolean { return node === undefined || node.status?.volumesInUse?.includes(name) === true; }

function isForced(node: Node | undefined, unwantedMs: number, { forceDetach }: AttachOptions): boolean {
  return forceDetach && unwantedMs > FORCE_DETACH_MS && (node === undefined || !isReady(node));
}

function isReady(node: Node): boolean { return isReadyPod(node as Pod); } // both have conditions of the same form

function isOutOfService(node: Node | undefined): boolean { return node?.spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE) === true; }

/** What the node may mount: all that is attached and stays. Volumes of other kinds are left as somebody else reported them. */
function reportedVolumes({ held, node }: NodeScene, leaving: ReadonlySet<string>): coreV1.AttachedVolume[] {
  const ours = [...held].filter(([name, { attachment }]) => isAttached(attachment) && !leaving.has(name)).map(([name]) => ({ name, devicePath: '' }));
  return [...(node?.status?.volumesAttached ?? []).filter(({ name }) => !isCsiName(name)), ...ours].sort(byName);
}

function byName(a: coreV1.AttachedVolume, b: coreV1.AttachedVolume): number { return a.name < b.name ? -1 : 1; }

function report(scene: NodeScene, reported: readonly coreV1.AttachedVolume[], leaving: readonly (readonly [string, Held])[], options: AttachOptions): Action[] {
  const { nodeName, node, wanted } = scene;
  const known = node?.status?.volumesAttached ?? [];
  const same = sameJson([...known].sort(byName), reported);
  const detach = (fresh: Node | undefined): Action[] => leaving.flatMap(([name, held]) => (isSafe(name, held, fresh, options) ? [remove(held, node, options)] : []));
  if (node === undefined) return leaving.map(([, held]) => remove(held, node, options));
  if (same && leaving.length === 0) return [];
  const fresh = reported.filter(({ name }) => !known.some((one) => one.name === name)).map(({ name }) => wanted.get(name));
  return [{
    do: 'patch', resource: nodes, target: { name: nodeName, subresource: 'status' },
    patch: { type: 'strategic', body: { status: { volumesAttached: reported.length === 0 ? null : reported } } }, // also when nothing changes: for the node as it is now
    then: (written) => [...detach(written as Node), ...fresh.flatMap((one) => (one === undefined ? [] : succeeded(one)))], // a Node
    otherwise: ({ reason }) => (reason === 'NotFound' ? { handled: true, actions: detach(undefined) } : {}),
  }];
}

/** The last word before a volume is detached is the node's own, unless it is not listened to any more. */
function isSafe(name: string, { unwantedMs = 0 }: Held, fresh: Node | undefined, { forceDetach }: AttachOptions): boolean {
  return fresh === undefined || (forceDetach && unwantedMs > FORCE_DETACH_MS) || isOutOfService(fresh) || fresh.status?.volumesInUse?.includes(name) !== true;
}

function remove({ attachment: { metadata: { name, uid } }, unwantedMs = 0 }: Held, node: Node | undefined, options: AttachOptions): Action {
  const forced = options.forceDetach && unwantedMs > FORCE_DETACH_MS ? 'timeout' : isOutOfService(node) ? 'out-of-service' : undefined;
  return { do: 'delete', resource: attachments, target: { name }, uid, then: () => { if (forced !== undefined) options.onForced?.(forced); return []; } };
}

/** Asks the driver to attach what pods need. A volume for one node alone goes to the node of the oldest pod, and only once no other has it. */
function attach(name: string, wanted: Wanted, { nodeName, held }: NodeScene): Action[] {
  if (held.has(name)) return [];
  if (!allowsManyNodes(wanted.volume)) {
    const pending = wanted.elsewhere.some(({ attachment: { status } }) => status?.attachError === undefined);
    if (isTakenElsewhere(wanted) || pending || (wanted.rivals[0] ?? nodeName) !== nodeName) return [];
  }
  return [{
    do: 'create', resource: attachments, object: newAttachment(wanted.volume, wanted.attachable, nodeName),
    otherwise: ({ reason, message }) => (reason === 'AlreadyExists' ? { handled: true } : { actions: toPods(wanted, 'Warning', 'FailedAttachVolume', () => `AttachVolume.Attach failed for volume ${goQuote(wanted.volume.metadata.name)} : attacher.Attach failed: ${message}`) }),
  }];
}

function tell(name: string, wanted: Wanted, scene: NodeScene, nowMs: number): Action[] {
  const trouble = troubleWith(name, wanted, scene, nowMs);
  return trouble === undefined || scene.told.get(name) === trouble.sign ? [] : toPods(wanted, 'Warning', 'FailedAttachVolume', (pod) => trouble.messageFor(pod));
}

function succeeded(wanted: Wanted): Action[] {
  return toPods(wanted, 'Normal', 'SuccessfulAttachVolume', () => `AttachVolume.Attach succeeded for volume ${goQuote(wanted.volume.metadata.name)} `);
}

function toPods({ pods }: Wanted, type: 'Normal' | 'Warning', reason: string, messageFor: (pod: Pod) => string): Action[] {
  return pods.map((pod) => ({ do: 'event', about: pod, type, reason, message: messageFor(pod) }));
}

function nextLookMs(scene: NodeScene, nowMs: number, { forceDetach }: AttachOptions): number | undefined {
  const forced = [...scene.held.values()].flatMap(({ unwantedMs, attachment }) => (forceDetach && unwantedMs !== undefined && unwantedMs <= FORCE_DETACH_MS && attachment.metadata.deletionTimestamp === undefined ? [FORCE_DETACH_MS - unwantedMs + 1] : []));
  const silent = [...scene.wanted.keys()].flatMap((name) => patienceMs(name, scene, nowMs) ?? []);
  const blocked = [...scene.wanted].some(([name, { volume }]) => !scene.held.has(name) && !allowsManyNodes(volume)) ? [BLOCKED_RECHECK_MS] : [];
  const waits = [...forced, ...silent, ...blocked];
  return waits.length === 0 ? undefined : Math.min(...waits);
}
