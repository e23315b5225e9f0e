import { readFlagFile } from '@kubernode/component-base';
import type { NodeConnection } from '../endpoints/subresources/backend-location.ts';
import type { ApiServerConfig } from './options.ts';

/** As whom, and by which address, nodes are asked for logs and shells. */
export function nodeConnection({ kubelet: { certFile, keyFile, caFile, addressTypes } }: ApiServerConfig): NodeConnection {
  return {
    addressTypes,
    credentials: {
      cert: certFile === undefined ? undefined : readFlagFile('kubelet-client-certificate', certFile), key: keyFile === undefined ? undefined : readFlagFile('kubelet-client-key', keyFile),
      ca: caFile === undefined ? undefined : readFlagFile('kubelet-certificate-authority', caFile),
    },
  };
}
