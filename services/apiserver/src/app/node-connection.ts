import { type FileFollower, readAuthorities, readKeyPair } from '@kubernode/component-base';
import type { NodeConnection } from '../endpoints/subresources/backend-location.ts';
import type { NodeCredentials } from '../endpoints/subresources/backend-connection.ts';
import type { ApiServerConfig } from './options.ts';

/** As whom, and by which address, nodes are asked for logs and shells; by the files as they are when they are asked. */
export function nodeConnection({ kubelet: { certFile, keyFile, caFile, addressTypes } }: Pick<ApiServerConfig, 'kubelet'>, follower: FileFollower): NodeConnection {
  let credentials: NodeCredentials = {};
  follower.follow((read) => {
    const pair = certFile === undefined || keyFile === undefined ? undefined : readKeyPair(read, { certFile, keyFile });
    return { cert: pair?.certificate, key: pair?.key, ca: caFile === undefined ? undefined : readAuthorities(read, caFile) };
  }, (read) => { credentials = read; });
  return { addressTypes, get credentials() { return credentials; } };
}
