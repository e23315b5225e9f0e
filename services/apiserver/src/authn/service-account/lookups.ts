import type { coreV1 } from '@kubernode/api';

type Found<T> = Readonly<T> | undefined | Promise<Readonly<T> | undefined>;

/** The objects that tokens are bound to, as they are now; undefined when gone. */
export interface TokenLookups {
  serviceAccount(namespace: string, name: string): Found<coreV1.ServiceAccount>;
  pod(namespace: string, name: string): Found<coreV1.Pod>;
  secret(namespace: string, name: string): Found<coreV1.Secret>;
  node(name: string): Found<coreV1.Node>;
  /** Notes on a secret that its token was used today, so that unused ones can be cleaned up. */
  markUsed(secret: Readonly<coreV1.Secret>): void;
}
