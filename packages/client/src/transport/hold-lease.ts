import { afterSilence, onAbort, type Clock } from '@kubernode/base';
import { ControlPlaneError, type ControlPlaneChannel, type LeaseHolding } from '@kubernode/rpc';
import type { Fence } from '../client.ts';
import { TransportError } from './transport-error.ts';

export interface HoldLeaseOptions {
  hold: Fence;
  clock: Clock;
  signal: AbortSignal;
  onHeld: (held: boolean) => void;
}

/** Part of the channels that a hold needs: the current one, and a word when it failed. */
export interface HoldChannels { readonly current: number; at(index: number): Pick<ControlPlaneChannel, 'holdLease'>; moveOnFrom(used: number): void }

const SIGN_OF_LIFE_MS = 300;
/** A server that does not answer a sign of life in this time may be frozen, ms: whatever begins from then on goes to another one. */
const SUSPECT_AFTER_MS = 600;
/**
 * A link that does not bring an answer in this time counts as broken, ms. Servers wait for a silent holder for four seconds, but for one
 * whose stream broke only for one, within which it has to connect anew and etcd has to answer: a server that is merely slow is waited for.
 */
const ANSWER_TIMEOUT_MS = 2200;

/** One stream of HoldLease. Resolves when aborted or when the server says that the lease is lost; rejects with TransportError when the link breaks. */
export async function holdLease(channels: HoldChannels, { hold, clock, signal, onHeld }: HoldLeaseOptions): Promise<void> {
  const used = channels.current;
  const broken = (why: string): TransportError => {
    channels.moveOnFrom(used);
    return new TransportError(`the hold of lease ${hold.lease} broke: ${why}`, { maybeSent: true });
  };
  let stream: LeaseHolding;
  try { stream = channels.at(used).holdLease(); } catch (error) { throw error instanceof ControlPlaneError ? broken(error.message) : error; }
  let isUnanswered = false;
  let timer: Disposable | undefined;
  const giveUp = (): void => {
    isUnanswered = true;
    stream.destroy();
  };
  const suspect = (): void => {
    channels.moveOnFrom(used);
    timer = afterSilence(clock, ANSWER_TIMEOUT_MS - SUSPECT_AFTER_MS, giveUp);
  };
  const ask = (): void => {
    stream.say(hold);
    timer = afterSilence(clock, SUSPECT_AFTER_MS, suspect);
  };
  using _link = onAbort(signal, () => stream.destroy());
  try {
    ask();
    for (let states = await stream.next(); states !== undefined; states = await stream.next()) {
      timer?.[Symbol.dispose]();
      const held = states.every((state) => state.held);
      onHeld(held);
      if (!held) return;
      timer = clock.after(SIGN_OF_LIFE_MS, ask);
    }
  } finally {
    timer?.[Symbol.dispose]();
    stream.destroy();
  }
  if (!signal.aborted) throw broken(isUnanswered ? 'no answer' : stream.failure?.message ?? 'the server ended it');
}
