import type { certificatesV1 } from '@kubernode/api';
import { forbidden } from '@kubernode/apimachinery';
import type { Authorizer, UserInfo } from '../pipeline/api-request.ts';
import { jsonEquals } from '../registry/write/json-equals.ts';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import type { AdmissionDependencies } from './admission-plugins.ts';

type Request = Partial<certificatesV1.CertificateSigningRequest>;
const REQUESTS = { group: 'certificates.k8s.io', resource: 'certificatesigningrequests' };

/** Who approves a request needs to be allowed to for its signer, beside being allowed to write the subresource. */
export function certificateApproval({ authorizer }: AdmissionDependencies): AdmissionPlugin {
  return {
    name: 'CertificateApproval',
    async validate(attributes) {
      if (isUpdateOf(attributes, 'approval')) await check(attributes, 'approve', authorizer);
    },
  };
}

/** Likewise who signs: writes the certificate or conditions. */
export function certificateSigning({ authorizer }: AdmissionDependencies): AdmissionPlugin {
  return {
    name: 'CertificateSigning',
    async validate(attributes) {
      if (!isUpdateOf(attributes, 'status')) return;
      const [status, before] = [(attributes.object as Request).status, (attributes.oldObject as Request).status]; // by the check
      if (status?.certificate !== before?.certificate || !jsonEquals(status?.conditions ?? [], before?.conditions ?? [])) await check(attributes, 'sign', authorizer);
    },
  };
}

function isUpdateOf({ operation, group, resource, subresource }: AdmissionAttributes, wanted: string): boolean {
  return operation === 'UPDATE' && group === REQUESTS.group && resource === REQUESTS.resource && subresource === wanted;
}

/** The stored signer counts: nobody gets past by naming another. */
async function check({ user, name, oldObject }: AdmissionAttributes, verb: 'approve' | 'sign', authorizer: Authorizer): Promise<void> {
  const signer = (oldObject as Request).spec?.signerName ?? ''; // by the caller's check
  if (await mayUseSigner({ user, verb, signer }, authorizer)) return;
  throw forbidden(REQUESTS, name, `user not permitted to ${verb} requests with signerName ${JSON.stringify(signer)}`);
}

/** By the signer's name, or by `domain/*`. */
async function mayUseSigner({ user, verb, signer }: { user: UserInfo; verb: string; signer: string }, authorizer: Authorizer): Promise<boolean> {
  const allows = async (name: string): Promise<boolean> => (await authorizer.authorize({
    user, verb, group: REQUESTS.group, version: '*', resource: 'signers', subresource: '', namespace: '', name, path: '', isResourceRequest: true,
  })).verdict === 'allow';
  return await allows(signer) || allows(`${signer.split('/')[0] ?? ''}/*`);
}
