import type { RawRequest, RawResponse } from '@kubernode/client';
import type { History, Version } from '../history/history.ts';

/** A write that a server took, and whose it was. The history has it already. */
export interface TakenWrite {
  process: string;
  request: RawRequest;
  response: RawResponse;
  atMs: number;
}

/** What must hold, seen from outside. Each call tells what is wrong, in words; nothing when all is well. */
export interface Invariant {
  name: string;
  /** Each write, in etcd's order, when the history already has it. */
  observe?(version: Version, history: History): string | undefined;
  /** Each write whose taker lived to say so. */
  taken?(write: TakenWrite, history: History): string | undefined;
  /** When faults have ended and time enough has passed. */
  atRest?(history: History): Iterable<string>;
}
