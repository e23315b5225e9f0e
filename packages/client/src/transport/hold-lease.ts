import type { Client as Channel, Metadata } from '@grpc/grpc-js';
import { onAbort, type Clock } from '@kubernode/base';
import { controlPlaneService, type LeaseHold, type LeaseState } from '@kubernode/rpc';
import type { Fence } from '../client.ts';
import { TransportError } from './transport-error.ts';

export interface HoldLeaseOptions {
  hold: Fence;
  metadata: Metadata;
  clock: Clock;
  signal: AbortSignal;
  onHeld: (held: boolean) => void;
}

/** Part of the channels that a hold needs: the current one, and a word when it failed. */
export interface HoldChannels { readonly current: number; at(index: number): Channel; moveOnFrom(used: number): void }

/** A link that does not bring an answer in this time counts as broken, ms; well under the second after which servers release the lease. */
const ANSWER_TIMEOUT_MS = 600;
const SIGN_OF_LIFE_MS = 300;

/** One stream of HoldLease. Resolves when aborted or when the server says that the lease is lost; rejects with TransportError when the link breaks. */
export function holdLease(channels: HoldChannels, { hold, metadata, clock, signal, onHeld }: HoldLeaseOptions): Promise<void> {
  const used = channels.current;
  const method = controlPlaneService()['HoldLease'] as unknown as { path: string; requestSerialize: (message: LeaseHold) => Buffer; responseDeserialize: (bytes: Buffer) => LeaseState }; // the definition of that method, made from proto/
  const stream = channels.at(used).makeBidiStreamRequest(method.path, method.requestSerialize, method.responseDeserialize, metadata);
  return new Promise((resolve, reject) => {
    let timer: Disposable | undefined;
    const finish = (settle: () => void): void => { timer?.[Symbol.dispose](); link[Symbol.dispose](); stream.cancel(); settle(); };
    const broken = (why: string): void => finish(() => { channels.moveOnFrom(used); reject(new TransportError(`the hold of lease ${hold.lease} broke: ${why}`, { maybeSent: true })); });
    const ask = (): void => {
      stream.write(hold);
      timer = clock.after(ANSWER_TIMEOUT_MS, () => broken('no answer'));
    };
    const link = onAbort(signal, () => finish(resolve));
    stream.on('data', ({ held }: LeaseState) => {
      timer?.[Symbol.dispose]();
      onHeld(held);
      if (!held) { finish(resolve); return; }
      timer = clock.after(SIGN_OF_LIFE_MS, ask);
    });
    stream.on('error', (error) => broken(error.message));
    stream.on('end', () => broken('the server ended it'));
    ask();
  });
}
