import { formatMicroTime, formatTime, isAlreadyExists, isNotFound } from '@kubernode/apimachinery';
import { coordinationV1Resources, coreV1Resources } from '@kubernode/api';
import { isAbortError, Semaphore, type Clock } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import { nodeAddress, nodeObject, nodeStatus, type NodeSize } from './node-object.ts';

export interface SimulateNodesOptions { client: Client; names: readonly string[]; /** Of the first node's address. */ firstIndex?: number; size: NodeSize; clock: Clock; logger: Logger }

/** As kubelets have it: a lease lasts 40 s and is renewed every 10; the status is written every 5 minutes when nothing changes. */
const LEASE_SECONDS = 40;
const RENEW_MS = 10_000;
const REGISTER_RETRY_MS = 1_000;
const STATUS_EVERY_RENEWALS = 30;
const REQUESTS_MAX = 16;
const LEASE_NAMESPACE = 'kube-node-lease';

/** Registers the nodes, however long that takes, and keeps them Ready until aborted. `onRegistered` is called once all are there. */
export async function simulateNodes({ client, names, firstIndex = 0, size, clock, logger }: SimulateNodesOptions, { signal, onRegistered }: { signal: AbortSignal; onRegistered: () => void }): Promise<void> {
  const requests = new Semaphore(REQUESTS_MAX);
  const started = formatTime(clock.now());
  const report = async (name: string, index: number): Promise<void> => {
    const status = nodeStatus({ name, address: nodeAddress(firstIndex + index), size, now: formatTime(clock.now()), started });
    await client.patch(coreV1Resources.nodes, { name, subresource: 'status' }, { type: 'strategic', body: { status } }, { signal });
  };
  const all = (task: (name: string, index: number) => Promise<void>): Promise<unknown> => Promise.all(names.map((name, index) => requests.run(async () => {
    try { await task(name, index); } catch (error) { if (!isAbortError(error)) logger.warn('a simulated node could not report', { node: name, error: String(error) }); }
  }, { signal })));

  const registered = new Set<string>();
  for (let round = 0; ; round++) {
    const waiting = names.length - registered.size;
    await all(async (name, index) => {
      const isNew = !registered.has(name);
      if (isNew) await register(client, name, signal);
      await renewLease(client, name, clock, signal);
      if (isNew || round % STATUS_EVERY_RENEWALS === index % STATUS_EVERY_RENEWALS) await report(name, index); // spread over the rounds
      registered.add(name);
    });
    if (waiting > 0 && registered.size === names.length) onRegistered();
    await clock.sleep(registered.size === names.length ? RENEW_MS : REGISTER_RETRY_MS, { signal });
  }
}

async function register(client: Client, name: string, signal: AbortSignal): Promise<void> {
  try { await client.create(coreV1Resources.nodes, nodeObject(name), { signal }); } catch (error) { if (!isAlreadyExists(error)) throw error; }
}

async function renewLease(client: Client, name: string, clock: Clock, signal: AbortSignal): Promise<void> {
  const spec = { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime: formatMicroTime(clock.now()) };
  const target = { namespace: LEASE_NAMESPACE, name };
  try {
    await client.patch(coordinationV1Resources.leases, target, { type: 'merge', body: { spec } }, { signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await client.create(coordinationV1Resources.leases, { metadata: target, spec }, { signal });
  }
}
