import { certificatesV1Resources } from '@kubernode/api';
import type { Clock, Rng } from '@kubernode/base';
import { controller, nothingToDo, ownKey, watch, type Controller, type Plan } from '@kubernode/controller';
import { CERTIFICATE_RETRY, CERTIFICATE_WORKERS } from './certificate-queues.ts';
import { readRequest } from './read-request.ts';
import { isToBeSigned, withCondition, type CertificateRequest } from './request-state.ts';
import { signRequest, type Authority } from './sign-request.ts';
import { signerFault } from './signer-rules.ts';
import { lifetimeMs } from './validity.ts';

export interface SigningOptions {
  /** The authority of a signer, read anew each time so that it can be rotated; undefined for signers that are not ours. */
  authorityOf(signerName: string): (() => Authority) | undefined;
  lifetimeMaxMs: number;
  clock: Clock;
  rng: Rng;
}

export interface SigningSnapshot {
  request: CertificateRequest;
  /** What came of it: a certificate (PEM), or why there is none. */
  outcome?: { certificate: string } | { fault: string } | undefined;
}

const requests = certificatesV1Resources.certificatesigningrequests;

/** Signs what is approved for the signers it has authorities for, and says so where a request does not fit its signer. */
export function signingController({ authorityOf, lifetimeMaxMs, clock, rng }: SigningOptions): Controller {
  return controller<SigningSnapshot>({
    name: 'certificate',
    component: 'certificate-controller',
    workers: CERTIFICATE_WORKERS,
    retry: CERTIFICATE_RETRY,
    watches: [watch({ resource: requests, keys: ownKey })],
    read(key, listers) {
      const request = listers.of(requests).get(key);
      return request !== undefined && isToBeSigned(request) && authorityOf(request.spec?.signerName ?? '') !== undefined ? { request } : undefined;
    },
    async ask({ request }) {
      const { spec } = request;
      const authority = authorityOf(spec?.signerName ?? '');
      if (spec === undefined || authority === undefined) return { request };
      const { request: encoded, signerName, usages = [], expirationSeconds } = spec;
      const asked = await readRequest(encoded);
      const fault = signerFault(signerName, { ...asked, usages });
      if (fault !== undefined) return { request, outcome: { fault } };
      const certificate = await signRequest(asked, { authority: authority(), usages, lifetimeMs: lifetimeMs(expirationSeconds, lifetimeMaxMs), nowMs: clock.now(), rng });
      return { request, outcome: { certificate } };
    },
    reconcile: settle,
  });
}

export function settle({ request, outcome }: SigningSnapshot, nowMs: number): Plan {
  if (outcome === undefined) return nothingToDo;
  const object = 'fault' in outcome
    ? withCondition(request, { type: 'Failed', reason: 'SignerValidationFailure', message: outcome.fault }, nowMs)
    : { ...request, status: { ...request.status, certificate: Buffer.from(outcome.certificate).toString('base64') } };
  return { actions: [{ do: 'update', resource: requests, object, subresource: 'status' }] };
}
