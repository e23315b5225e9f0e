import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import type { coreV1 } from '@kubernode/api';
import { UserError } from '@kubernode/component-base';

/** Makes the token of an account that a secret keeps: it names both and never ends. */
export type SignToken = (account: Readonly<coreV1.ServiceAccount>, secret: Readonly<coreV1.Secret>) => string;

const ISSUER = 'kubernetes/serviceaccount';
const ALGORITHM_OF_CURVE: Readonly<Record<string, string>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' };

/** With the private key of service account tokens, PEM. */
export function tokenSigner(pem: string): SignToken {
  const key = createPrivateKey(pem);
  const algorithm = algorithmOf(key);
  const header = encode({ alg: algorithm, kid: keyId(key) });
  return (account, secret) => {
    const signed = `${header}.${encode(claims(account, secret))}`;
    return `${signed}.${sign(`sha${algorithm.slice(2)}`, Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  };
}

/** In the order of names, as Kubernetes writes them. */
function claims({ metadata: { name, namespace = '', uid = '' } }: Readonly<coreV1.ServiceAccount>, secret: Readonly<coreV1.Secret>): Record<string, string> {
  const claim = 'kubernetes.io/serviceaccount';
  return {
    iss: ISSUER, [`${claim}/namespace`]: namespace, [`${claim}/secret.name`]: secret.metadata.name,
    [`${claim}/service-account.name`]: name, [`${claim}/service-account.uid`]: uid, sub: `system:serviceaccount:${namespace}:${name}`,
  };
}

function algorithmOf(key: KeyObject): string {
  const algorithm = key.asymmetricKeyType === 'rsa' ? 'RS256' : ALGORITHM_OF_CURVE[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (algorithm === undefined) throw new UserError('--service-account-private-key-file: the key has to be RSA or ECDSA with P-256, P-384 or P-521');
  return algorithm;
}

/** As the API server names its keys. */
function keyId(key: KeyObject): string {
  return createHash('sha256').update(createPublicKey(key).export({ type: 'spki', format: 'der' })).digest('base64url');
}

function encode(value: unknown): string { return Buffer.from(JSON.stringify(value)).toString('base64url'); }
