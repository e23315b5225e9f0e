/** What a client asked of one object. Values of a history are unique: no two writes write the same. */
export type Call =
  | { readonly kind: 'get' }
  | { readonly kind: 'create' | 'patch'; readonly value: string }
  | { readonly kind: 'update'; readonly value: string; /** The resourceVersion that the object must have. */ readonly expected: number }
  | { readonly kind: 'delete'; readonly expected?: number };

/**
 * What the client heard. `unknown`: an error or nothing, after which the write may have happened, may happen yet, or never. A deletion's answer
 * names no revision.
 */
export type Outcome =
  | { readonly kind: 'ok'; readonly revision?: number; readonly value?: string }
  | { readonly kind: 'absent' | 'exists' | 'conflict' | 'unknown' };

/** One call from when it was sent to when its answer was there, ms of one clock. */
export interface Operation { readonly object: string; readonly client: string; readonly call: Call; readonly outcome: Outcome; readonly startMs: number; readonly endMs: number }

/** One sentence on what must not be, with what a reader needs to look for its cause. */
export interface Finding { readonly checker: string; readonly what: string }
