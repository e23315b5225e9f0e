import { isNotFound, objectKey, StatusError, type ObjectMeta } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';
import type { Client, EventRecorder } from '@kubernode/client';
import { assertNever } from '@kubernode/base';
import type { Action, Outcomes, Writable } from './action.ts';

type Write = Extract<Action, { do: 'create' | 'update' | 'patch' | 'delete' }>;
type Stored = Writable & { metadata: ObjectMeta };

export interface Performer {
  client: Client;
  recorder: EventRecorder;
  signal: AbortSignal;
  /** Told of each write that the server took. */
  onWritten?(resource: ResourceRef, key: string, written: Stored, deleted: boolean): void;
}

/** Does what a plan says, in order. Rejects with the first refusal that no action handles; what stands behind it is not done. */
export async function perform(actions: readonly Action[], performer: Performer): Promise<void> {
  for (const action of actions) await performOne(action, performer);
}

async function performOne(action: Action, performer: Performer): Promise<void> {
  switch (action.do) {
    case 'event': performer.recorder.event(action.about, action.type, action.reason, action.message); return;
    case 'all': await group(action, performer, together); return;
    case 'slow-start': await group(action, performer, slowStart); return;
    case 'in-order': await group(action, performer, oneByOne); return;
    case 'remember': action.note(); return;
    case 'create': case 'update': case 'patch': case 'delete': await performWrite(action, performer); return;
    default: assertNever(action, 'action');
  }
}

/** Of one key's writes under way at once: each batch waits for its slowest, so that small ones leave the server idle in between. */
const BATCH_MAX = 256;

type Group = Extract<Action, { do: 'all' | 'slow-start' | 'in-order' }>;

/** How a group went: how many of its actions succeeded, and the first failure. */
interface Ended { done: number; error?: unknown }

async function group({ actions, failed }: Group, performer: Performer, run: (actions: readonly Action[], performer: Performer) => Promise<Ended>): Promise<void> {
  const { done, error } = await run(actions, performer);
  if (error === undefined) return;
  if (error instanceof StatusError) await perform(failed?.(error, done) ?? [], performer);
  throw error;
}

async function slowStart(actions: readonly Action[], performer: Performer): Promise<Ended> {
  let done = 0;
  for (let start = 0, size = 1; start < actions.length; start += size, size = Math.min(size * 2, BATCH_MAX)) {
    const batch = await together(actions.slice(start, start + size), performer);
    done += batch.done;
    if (batch.error !== undefined) return { done, error: batch.error };
  }
  return { done };
}

async function oneByOne(actions: readonly Action[], performer: Performer): Promise<Ended> {
  for (const [done, action] of actions.entries()) {
    try { await performOne(action, performer); } catch (error) { return { done, error }; }
  }
  return { done: actions.length };
}

/** At most BATCH_MAX at once; all of a batch are tried, and the batch that fails is the last. */
async function together(actions: readonly Action[], performer: Performer): Promise<Ended> {
  let done = 0;
  for (let start = 0; start < actions.length; start += BATCH_MAX) {
    const results = await Promise.allSettled(actions.slice(start, start + BATCH_MAX).map((action) => performOne(action, performer)));
    const failed = results.find((result) => result.status === 'rejected');
    done += results.filter(({ status }) => status === 'fulfilled').length;
    if (failed !== undefined) return { done, error: failed.reason };
  }
  return { done };
}

async function performWrite(action: Write, performer: Performer): Promise<void> {
  let written: Stored | undefined;
  try { written = await send(action, performer); } catch (error) {
    if (action.do === 'delete' && isNotFound(error)) return;
    if (!(error instanceof StatusError)) throw error;
    const { actions = [], handled = false } = action.otherwise?.(error) ?? {};
    await perform(actions, performer);
    if (!handled) throw error;
    return;
  }
  if (written === undefined) return;
  performer.onWritten?.(action.resource, keyAfter(action, written), written, action.do === 'delete');
  await perform((action as Outcomes).then?.(written) ?? [], performer);
}

function keyAfter(action: Write, written: Stored): string {
  return action.do === 'delete' || action.do === 'patch' ? objectKey({ name: action.target.name, ...(action.target.namespace !== undefined && { namespace: action.target.namespace }) }) : objectKey(written.metadata);
}

async function send(action: Write, { client, signal }: Performer): Promise<Stored | undefined> {
  switch (action.do) {
    case 'create': return client.create<unknown, Stored>(action.resource, action.object, { signal, ...(action.namespace !== undefined && { namespace: action.namespace }) });
    case 'update': return client.update(action.resource as ResourceRef<Stored>, action.object, { signal, ...(action.subresource !== undefined && { subresource: action.subresource }) }); // objects of a resource have metadata
    case 'patch': return client.patch(action.resource as ResourceRef<Stored>, action.target, action.patch, { signal }); // as above
    case 'delete': {
      const { target, uid, resourceVersion, gracePeriodSeconds, propagationPolicy } = action;
      await client.delete(action.resource, target, { signal, ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && { resourceVersion }), ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }), ...(propagationPolicy !== undefined && { propagationPolicy }) });
      return { metadata: { ...target, namespace: target.namespace ?? '', ...(uid !== undefined && { uid }) } };
    }
  }
}
