import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';

type ServiceAccount = coreV1.ServiceAccount & KubeObject;
const ENFORCE = 'kubernetes.io/enforce-mountable-secrets';

/** Service accounts. Of the secrets they list only names matter. */
export const serviceAccountStrategy: Strategy<ServiceAccount> = {
  prepareForCreate: keepNames,
  prepareForUpdate: keepNames,
  warnings: ({ metadata }, old) => (metadata.annotations?.[ENFORCE] !== undefined && old?.metadata.annotations?.[ENFORCE] === undefined
    ? [`metadata.annotations[${ENFORCE}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`] : []),
  returnsDeletedObject: true,
};

function keepNames(account: ServiceAccount): void {
  if (account.secrets !== undefined) account.secrets = account.secrets.map(({ name }) => (name === undefined ? {} : { name }));
}
