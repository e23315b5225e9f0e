/**
 * Why a pod or a node is turned down.
 * `unschedulable`: taking other pods away might help. `unresolvable`: it would not. `pending`: the plugin itself waits for something and will
 * say when to go on. `error`: something that should not happen; the pod is tried again after its back-off, whatever happens meanwhile.
 */
export type VerdictCode = 'unschedulable' | 'unresolvable' | 'pending' | 'error';

/** No verdict at all (undefined) means: it will do. */
export interface Verdict { readonly code: VerdictCode; readonly reasons: readonly string[] }

/** A verdict with the plugin that gave it; '' when nobody is to blame. */
export interface Refused { readonly plugin: string; readonly verdict: Verdict }

export function unschedulable(...reasons: readonly string[]): Verdict { return { code: 'unschedulable', reasons }; }
export function unresolvable(...reasons: readonly string[]): Verdict { return { code: 'unresolvable', reasons }; }
export function failed(...reasons: readonly string[]): Verdict { return { code: 'error', reasons }; }

/** Whether the verdict is a judgement, after which the pod waits for a change that helps; errors are none. */
export function isRejection({ code }: Verdict): boolean { return code !== 'error'; }

export function messageOf({ reasons }: Verdict): string { return reasons.join(', '); }
