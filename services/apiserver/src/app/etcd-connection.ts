import { errorMessage, isAbortError, type Clock } from '@kubernode/base';
import { UserError, type Logger } from '@kubernode/component-base';
import { createEtcdClient, type EtcdClient } from '@kubernode/rpc';
import type { ApiServerConfig } from './options.ts';

/** How long the start waits for etcd before it gives up with a sentence. */
const CONNECT_TIMEOUT_MS = 20_000;
/** Short: servers and etcd are often started together. */
const RETRY_DELAY_MS = 100;

/** A client of etcd that has answered once. */
export async function connectEtcd({ servers, caFile, certFile, keyFile }: Pick<ApiServerConfig['etcd'], 'servers' | 'caFile' | 'certFile' | 'keyFile'>, { clock, logger, signal }: { clock: Clock; logger: Logger; signal: AbortSignal }): Promise<EtcdClient> {
  const tls = caFile === undefined && certFile === undefined ? undefined : { caFile, certFile, keyFile };
  const etcd = createEtcdClient({ endpoints: servers, tls, clock });
  const giveUpAt = clock.monotonicNow() + CONNECT_TIMEOUT_MS;
  for (let attempt = 1; ; attempt++) {
    try {
      await etcd.range({ key: 'health' }, { signal, timeoutMs: 2_000 });
      return etcd;
    } catch (error) {
      if (isAbortError(error) && signal.aborted) throw error;
      if (clock.monotonicNow() > giveUpAt) {
        etcd.close();
        throw new UserError(`no answer from etcd at ${servers.join(', ')}: ${errorMessage(error)}`);
      }
      if (attempt === 1) logger.warn('waiting for etcd', { servers, error: errorMessage(error) });
      await clock.sleep(RETRY_DELAY_MS, { signal });
    }
  }
}
