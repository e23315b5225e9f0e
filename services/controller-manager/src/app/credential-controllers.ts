import { type FileFollower, UsageError } from '@kubernode/component-base';
import { approvingController } from '../certificates/approving-controller.ts';
import { cleaningController } from '../certificates/cleaning-controller.ts';
import { signerAuthorities } from '../certificates/signer-authorities.ts';
import { signingController } from '../certificates/signing-controller.ts';
import { bootstrapSigner } from '../controllers/bootstrap-tokens/bootstrap-signer.ts';
import { bootstrapTokenCleaner } from '../controllers/bootstrap-tokens/bootstrap-token-cleaner.ts';
import { legacyTokenCleaner } from '../controllers/legacy-tokens/token-cleaner.ts';
import { tokenController } from '../controllers/legacy-tokens/token-controller.ts';
import { type SignToken, tokenSigner } from '../controllers/legacy-tokens/token-signer.ts';
import { rootCaMetrics } from '../controllers/root-ca-metrics.ts';
import { rootCaPublisher } from '../controllers/root-ca-publisher.ts';
import { serviceAccountController } from '../controllers/service-account-controller.ts';
import type { Factory } from './controller-table.ts';
import type { ManagerOptions } from './options.ts';
import { followRootCa } from './root-ca.ts';

/** The controllers of accounts, tokens and certificates. */
export const credentialControllers: Readonly<Record<string, Factory>> = {
  'serviceaccount-controller': () => serviceAccountController,
  'serviceaccount-token-controller': (options, runtime) => {
    const keyFile = options['service-account-private-key-file'] ?? '';
    return keyFile === '' ? undefined : tokenController({ rootCa: followRootCa(options, runtime), signToken: followTokenSigner(keyFile, runtime.follower) });
  },
  'legacy-serviceaccount-token-cleaner-controller': (options) => legacyTokenCleaner(cleanUpPeriodMs(options)),
  'root-ca-certificate-publisher-controller': (options, runtime) => rootCaPublisher(followRootCa(options, runtime), rootCaMetrics(runtime.registry)),
  'bootstrap-signer-controller': () => bootstrapSigner,
  'token-cleaner-controller': () => bootstrapTokenCleaner,
  'certificatesigningrequest-approving-controller': () => approvingController,
  'certificatesigningrequest-cleaner-controller': () => cleaningController,
  'certificatesigningrequest-signing-controller': (options, { clock, rng }) => {
    const authorities = signerAuthorities(options);
    return authorities.size === 0 ? undefined : signingController({ authorityOf: (signer) => authorities.get(signer), lifetimeMaxMs: options['cluster-signing-duration'], clock, rng });
  },
};

/** Signs with the key as it is in its file. */
function followTokenSigner(file: string, follower: FileFollower): SignToken {
  let sign: SignToken | undefined;
  follower.follow((read) => tokenSigner(read(file)), (signer) => { sign = signer; });
  return (account, secret) => {
    if (sign === undefined) throw new Error('broken invariant: the key was read, or an error thrown');
    return sign(account, secret);
  };
}

function cleanUpPeriodMs(options: ManagerOptions): number {
  const periodMs = options['legacy-service-account-token-clean-up-period'];
  if (periodMs <= 0) throw new UsageError(`--legacy-service-account-token-clean-up-period: ${periodMs} ms is no period`);
  return periodMs;
}
