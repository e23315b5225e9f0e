import { errorMessage, isAbortError, type Clock } from '@kubernode/base';
import { type FileFollower, readAuthorities, readKeyPair, UserError, type Logger } from '@kubernode/component-base';
import { createEtcdClient, type EtcdClient, type EtcdTlsFiles } from '@kubernode/rpc';
import type { ApiServerConfig } from './options.ts';

/** How long the start waits for etcd before it gives up with a sentence. */
const CONNECT_TIMEOUT_MS = 20_000;
/** Short: servers and etcd are often started together. */
const RETRY_DELAY_MS = 100;

/** A client of etcd that has answered once. */
export async function connectEtcd({ servers, tls }: { servers: readonly string[]; tls: EtcdTlsFiles | undefined }, { clock, logger, signal }: { clock: Clock; logger: Logger; signal: AbortSignal }): Promise<EtcdClient> {
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

/** The files by which etcd and this server know each other; each connection is made by those that were last found whole. */
export function followEtcdTls({ caFile, certFile, keyFile }: Pick<ApiServerConfig['etcd'], 'caFile' | 'certFile' | 'keyFile'>, follower: FileFollower): EtcdTlsFiles | undefined {
  if (caFile === undefined && certFile === undefined) return undefined;
  follower.follow((read) => {
    if (caFile !== undefined) readAuthorities(read, caFile);
    if (certFile !== undefined && keyFile !== undefined) readKeyPair(read, { certFile, keyFile });
  }, () => undefined);
  return { caFile, certFile, keyFile, read: (file) => follower.filesInUse.get(file) ?? follower.read(file) };
}
