import { formatMicroTime, type KubeObject } from '@kubernode/apimachinery';
import { afterSilence, errorMessage, type Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { CallRequest, EtcdClient, LeaseHold } from '@kubernode/rpc';
import type { ObjectWriter } from '../endpoints/endpoint.ts';
import { answerBody } from '../pipeline/answer-body.ts';
import type { Answer } from '../pipeline/api-request.ts';
import { fenceOf } from '../registry/write/fence.ts';

export interface LeaseKeeperOptions {
  etcd: EtcdClient;
  /** Where a key below `/registry` is. */
  keyOf: (path: string) => string;
  writer: ObjectWriter;
  clock: Clock;
  logger: Logger;
}

/** One stream of HoldLease, as the gRPC door sees it. */
export interface HoldStream {
  /** Sends a request through the whole pipeline as the stream's caller. */
  authorize(request: CallRequest): Promise<Answer>;
  /** Tells the caller whether it still holds the lease. */
  answer(held: boolean): void;
  /** This server cannot tell just now: the caller may ask another one. */
  end(): void;
  /** The holder is of this very process: it gives no signs of life, and needs none. */
  isLocal?: true;
}

export interface Hold {
  message(message: LeaseHold): void;
  broken(): void;
}

/** A holder whose stream broke may come back within this time, also through another replica, ms. */
const RELEASE_AFTER_MS = 1000;
/**
 * A holder whose stream stands and who says nothing for this long is frozen or cut off, ms. It gives a sign of life every 300 ms, but on a
 * machine with more work than processors either end may be late by a second or two, and that is no reason to change leaders.
 */
const SILENT_MS = 4000;
/** A write of the fence key takes an election of etcd at most, ms. */
const TAKE_MS_MAX = 5000;
/** A timer that is this late was late because this server stood still itself: then nothing is known of the holder, ms. */
const OWN_STOP_MS = 500;

/** What became of a wish to hold a Lease. `unknown`: etcd or this server has too much to do to find out. */
type Taken = { readonly revision: number } | 'refused' | 'unknown';

interface LeaseObject extends KubeObject { spec?: { holderIdentity?: string; leaseTransitions?: number; leaseDurationSeconds?: number; acquireTime?: string; renewTime?: string } }

/**
 * Holds leaders' Leases for as long as their streams live. A hold writes the fence key, `EPOCH/HOLDER`, which fenced writes compare in their
 * own transaction. When nobody wrote that key within a second after the stream broke, or no sign of life came by it for four, the Lease is
 * released and the key removed, so that a waiting candidate takes over at once and a former leader that wakes up can change nothing.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;

  constructor(options: LeaseKeeperOptions) { this.#options = options; }

  open(stream: HoldStream): Hold {
    const { clock } = this.#options;
    let held: { hold: LeaseHold; revision: number } | undefined;
    let broken = false;
    let silence: Disposable | undefined;
    const release = (afterMs: number): void => { if (held) this.#releaseLater(held.hold, { revision: held.revision, afterMs }); held = undefined; };
    const listen = (): void => {
      const sinceMs = clock.monotonicNow();
      silence?.[Symbol.dispose]();
      silence = afterSilence(clock, SILENT_MS, () => { if (clock.monotonicNow() - sinceMs > SILENT_MS + OWN_STOP_MS) listen(); else release(0); });
    };
    return {
      message: (message) => {
        if (!broken && stream.isLocal !== true) listen();
        if (held !== undefined) { stream.answer(true); return; } // a sign of life
        void this.#take(message, stream).then((taken) => {
          if (taken === 'unknown') { stream.end(); return; }
          if (taken !== 'refused') held = { hold: message, revision: taken.revision };
          stream.answer(taken !== 'refused');
          if (broken) release(RELEASE_AFTER_MS);
        });
      },
      broken: () => { broken = true; silence?.[Symbol.dispose](); release(RELEASE_AFTER_MS); },
    };
  }

  /** Writes the fence key if the caller may update the Lease and is its holder in that epoch. Never rejects. */
  async #take(hold: LeaseHold, stream: HoldStream): Promise<Taken> {
    try {
      const isAllowed = await mayUpdate(hold, stream);
      return (isAllowed ? await this.#holdOn(hold) : undefined) ?? await this.#begin(hold, stream, isAllowed) ?? 'refused';
    } catch (error) {
      this.#options.logger.warn('a lease could not be held', { lease: hold.lease, error: errorMessage(error) });
      return 'unknown';
    }
  }

  /**
   * A holder comes back: where its fence key stands, nobody led since. That is one request of etcd, because a stream breaks just when a
   * machine has too much to do, and the holder has less than a second. Undefined when it has to begin anew.
   */
  async #holdOn(hold: LeaseHold): Promise<{ revision: number } | undefined> {
    const { key, value } = this.#fenceOf(hold);
    const { succeeded, revision } = await this.#options.etcd.txn({ compare: [{ key, target: 'value', equals: value }], success: [{ kind: 'put', key, value: Buffer.from(value) }], failure: [] }, { timeoutMs: TAKE_MS_MAX });
    return succeeded ? { revision } : undefined;
  }

  /** Undefined when the Lease is another one's, or not the caller's to write: who may not even ask whether it is allowed shows it by a write that does nothing. */
  async #begin(hold: LeaseHold, stream: HoldStream, isAllowed: boolean): Promise<{ revision: number } | undefined> {
    const path = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(hold.namespace)}/leases/${encodeURIComponent(hold.lease)}`;
    const read = bodyOf(await stream.authorize(callOf('GET', path)));
    if (read === undefined || !isHeldBy(JSON.parse(read.toString('utf8')) as LeaseObject, hold)) return undefined; // the answer to a read of a Lease
    if (!isAllowed && bodyOf(await stream.authorize(callOf('PUT', `${path}?dryRun=All`, read))) === undefined) return undefined;
    const { key, value } = this.#fenceOf(hold);
    return this.#options.etcd.put({ key, value: Buffer.from(value) }, { timeoutMs: TAKE_MS_MAX });
  }

  /** What stands in etcd while the lease is held. */
  #fenceOf(hold: LeaseHold): { key: string; value: string } {
    const { key, value } = fenceOf(hold);
    return { key: this.#options.keyOf(key), value };
  }

  #releaseLater(hold: LeaseHold, { revision, afterMs }: { revision: number; afterMs: number }): void {
    this.#options.clock.after(afterMs, () => {
      void this.#release(hold, revision).catch((error: unknown) => this.#options.logger.warn('a lease could not be released', { lease: hold.lease, error: errorMessage(error) }));
    });
  }

  async #release(hold: LeaseHold, revision: number): Promise<void> {
    const { etcd, writer, logger, clock } = this.#options;
    const { key } = this.#fenceOf(hold);
    const { succeeded } = await etcd.txn({ compare: [{ key, target: 'modRevision', equals: revision }], success: [{ kind: 'delete', key }], failure: [] });
    if (!succeeded) return; // the holder came back, or another one took over
    await writer.update<LeaseObject>({ group: 'coordination.k8s.io', resource: 'leases' }, { namespace: hold.namespace, name: hold.lease }, (lease) => (isHeldBy(lease, hold) ? releasedLease(lease, clock.now()) : undefined));
    logger.info('released the lease of a leader that is gone', { lease: hold.lease, holder: hold.holder });
  }
}

/** Whether the caller has the right to update the Lease. No request of etcd. */
async function mayUpdate({ namespace, lease }: LeaseHold, stream: HoldStream): Promise<boolean> {
  const resourceAttributes = { verb: 'update', group: 'coordination.k8s.io', resource: 'leases', namespace, name: lease };
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } };
  const answer = bodyOf(await stream.authorize(callOf('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', Buffer.from(JSON.stringify(review)))));
  return answer !== undefined && (JSON.parse(answer.toString('utf8')) as { status?: { allowed?: boolean } }).status?.allowed === true; // the answer to a review
}

function callOf(method: string, path: string, body: Buffer = Buffer.alloc(0)): CallRequest {
  return { method, path, contentType: 'application/json', body, accept: '', userAgent: 'hold-lease' };
}

/** The body of an answer that says yes; undefined for no. Throws where the server had too much to do, or etcd was away. */
function bodyOf(answer: Answer): Buffer | undefined {
  if (answer.kind !== 'buffered') return undefined;
  if (answer.status === 429 || answer.status >= 500) throw new Error(`answered with ${answer.status}`);
  return answer.status < 300 ? answerBody(answer) : undefined;
}

function isHeldBy(lease: LeaseObject, { holder, epoch }: LeaseHold): boolean {
  return lease.spec?.holderIdentity === holder && (lease.spec.leaseTransitions ?? 0) === epoch;
}

/** As a leader itself leaves it when it stops: nobody's, and to be had at once. */
function releasedLease(lease: LeaseObject, now: number): LeaseObject {
  const time = formatMicroTime(now);
  return { ...lease, spec: { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, acquireTime: time, renewTime: time } };
}
