import type { HeaderField } from '../http2/hpack/static-table.ts';

/** How a gRPC call ended, by its headers or trailers: the status comes in the headers when there is no body. */
export interface GrpcStatus { readonly code: number; readonly message: string }

/** gRPC's numbers of how calls end. */
export const GrpcCode = { OK: 0, CANCELLED: 1, UNKNOWN: 2, DEADLINE_EXCEEDED: 4, NOT_FOUND: 5, RESOURCE_EXHAUSTED: 8, UNAVAILABLE: 14, UNAUTHENTICATED: 16 } as const;

/** Undefined for headers that are not the last. */
export function statusOf(fields: readonly HeaderField[]): GrpcStatus | undefined {
  let code: string | undefined;
  let message = '';
  for (const { name, value } of fields) {
    if (name === 'grpc-status') code = value;
    else if (name === 'grpc-message') message = decodeMessage(value);
  }
  return code === undefined ? undefined : { code: Number(code), message };
}

/** gRPC's message of a status: percent-encoded. */
function decodeMessage(text: string): string {
  if (!text.includes('%')) return text;
  try { return decodeURIComponent(text); } catch { return text; } // a stray percent sign: better as it is than not at all
}
