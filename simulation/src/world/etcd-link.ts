import { unlimitedController } from '@kubernode/base';
import { EtcdError, type EtcdCallOptions, type EtcdClient, type WatchBatch, type WatchRequest } from '@kubernode/rpc';
import type { Disk } from './disk.ts';
import { NOTICE_MS, Unreachable, type Network } from './network.ts';
import type { SimulatedProcess } from './simulated-process.ts';

export const ETCD = 'etcd';

/** etcd as one process reaches it over the network. What it is asked to write first has to get onto its disk. */
export function etcdLink(etcd: EtcdClient, process: SimulatedProcess, { network, disk }: { network: Network; disk: Disk }): EtcdClient {
  const call = <T>(ask: () => Promise<T>, { signal }: EtcdCallOptions = {}): Promise<T> => {
    signal?.throwIfAborted();
    return process.hear(exchange(ask, process, network));
  };
  const write = <T>(ask: () => Promise<T>, options?: EtcdCallOptions): Promise<T> => call(async () => { await disk.sync(); return ask(); }, options);
  return {
    range: (request, options) => call(() => etcd.range(request), options),
    put: (request, options) => write(() => etcd.put(request), options),
    delete: (request, options) => write(() => etcd.delete(request), options),
    txn: (request, options) => write(() => etcd.txn(request), options),
    compact: (request, options) => write(() => etcd.compact(request), options),
    grantLease: (ttlSeconds, options) => write(() => etcd.grantLease(ttlSeconds), options),
    revokeLease: (id, options) => write(() => etcd.revokeLease(id), options),
    keepLeaseAlive: (id, options) => call(() => etcd.keepLeaseAlive(id), options),
    watch: (request, options) => watch(etcd, process, { network, request, ...options }),
    isReachable: (options) => call(() => etcd.isReachable(options)).catch(() => false),
    endpoints: etcd.endpoints,
    close: () => undefined,
  };
}

async function exchange<T>(ask: () => Promise<T>, { name }: SimulatedProcess, network: Network): Promise<T> {
  try { await network.travel(name, ETCD); } catch (error) { throw fault(error, false); }
  const answer = await ask();
  try { await network.travel(ETCD, name); } catch (error) { throw fault(error, true); }
  return answer;
}

/** `happened` is for whoever reads the simulation: the caller cannot tell either way. */
function fault(error: unknown, happened: boolean): unknown {
  return error instanceof Unreachable ? new EtcdError({ code: 'unavailable', message: `${error.message}${happened ? ' any more' : ''}`, fateUnknown: true, cause: error }) : error;
}

interface WatchOptions { network: Network; request: WatchRequest; signal: AbortSignal }

async function* watch(etcd: EtcdClient, process: SimulatedProcess, { network, request, signal }: WatchOptions): AsyncGenerator<WatchBatch, void, undefined> {
  const ending = unlimitedController();
  let broken: (error: unknown) => void = () => undefined;
  const breaking = new Promise<never>((_resolve, reject) => { broken = reject; });
  breaking.catch(() => undefined); // often nobody waits for it
  const breakNow = (): void => { broken(new EtcdError({ code: 'unavailable', message: 'the connection broke' })); };
  using _break = network.onBreak(process.name, ETCD, (why) => { process.time.after(why === 'cut' ? NOTICE_MS : 0, breakNow); });
  using _death = process.onDeath(() => { ending.abort(); });
  const stopped = (): void => { ending.abort(); };
  signal.addEventListener('abort', stopped, { once: true });
  try {
    await process.hear(exchange(async () => undefined, process, network));
    const batches = etcd.watch(request, { signal: ending.signal })[Symbol.asyncIterator]();
    for (;;) {
      const next = await process.hear(Promise.race([batches.next(), breaking]));
      if (next.done === true) return;
      if (network.isCut(process.name, ETCD)) await process.hear(breaking);
      await process.hear(process.time.sleep(network.delayMs()));
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', stopped);
    ending.abort();
  }
}
