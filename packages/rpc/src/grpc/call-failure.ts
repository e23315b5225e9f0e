import type { StreamEnd } from '../http2/client-stream.ts';

/** How a call ended without what it was made for: the other side refused, or the stream ended before its answer, or with one that is none. */
export type CallFailure =
  | { readonly kind: 'refused'; readonly code: number; readonly message: string }
  | { readonly kind: 'lost'; readonly end: StreamEnd }
  | { readonly kind: 'noMessage' };

/** Makes the error that callers of a service know. */
export type FailureError<E extends Error> = (failure: CallFailure) => E;
