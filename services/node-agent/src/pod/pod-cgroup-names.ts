import path from 'node:path';
import { type Pod, podUid, qosClass } from './pod-facts.ts';

/** Groups below that of all pods, by class of service: guaranteed pods lie directly below it. */
const TIERS = { Guaranteed: '', Burstable: 'burstable', BestEffort: 'besteffort' } as const;
const POD = 'pod';

/** The control group above all pods', below the node agent's own root. */
export function podsGroup(cgroupRoot: string): string { return path.posix.join(cgroupRoot, 'kubepods'); }

/** The group above all pods of a class. */
export function tierGroup(qos: keyof typeof TIERS, cgroupRoot: string): string { return path.posix.join(podsGroup(cgroupRoot), TIERS[qos]); }

/** Every group that pods' groups lie in. */
export function tierGroups(cgroupRoot: string): readonly string[] { return Object.values(TIERS).map((tier) => path.posix.join(podsGroup(cgroupRoot), tier)); }

/** The control group of a pod, which its runtime calls the sandbox's parent. */
export function cgroupParent(pod: Pod, cgroupRoot: string): string { return path.posix.join(tierGroup(qosClass(pod), cgroupRoot), POD + podUid(pod)); }

/** Where a pod's control group may be: of a pod whose object is gone, the class is not known. */
export function cgroupParents(pod: Pod, cgroupRoot: string): readonly string[] {
  if (pod.spec !== undefined) return [cgroupParent(pod, cgroupRoot)];
  return tierGroups(cgroupRoot).map((tier) => path.posix.join(tier, POD + podUid(pod)));
}

/** Whose group has that name; undefined for what is no pod's. */
export function podOfGroup(name: string): string | undefined { return name.startsWith(POD) ? name.slice(POD.length) : undefined; }
