import type { certificatesV1 } from '@kubernode/api';
import { errorMessage } from '@kubernode/base';
import { forbidden } from '@kubernode/apimachinery';
import type { AdmissionPlugin } from './admission.ts';
import { subjectOrganizations } from './certificate-subject.ts';

const REQUESTS = { group: 'certificates.k8s.io', resource: 'certificatesigningrequests' };
const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';
const MASTERS = 'system:masters';

/** Nobody gets a client certificate by request that no rule can bind. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  validate({ operation, group, resource, subresource, object, name }) {
    if (operation !== 'CREATE' || group !== REQUESTS.group || resource !== REQUESTS.resource || subresource !== '') return;
    const { spec } = object as Partial<certificatesV1.CertificateSigningRequest>; // by the check
    if (spec?.signerName !== CLIENT_SIGNER) return;
    if (organizationsOf(spec.request, name).includes(MASTERS)) throw forbidden(REQUESTS, name, `use of ${CLIENT_SIGNER} signer with ${MASTERS} group is not allowed`);
  },
};

function organizationsOf(request: string, name: string): string[] {
  try {
    return subjectOrganizations(Buffer.from(request, 'base64').toString());
  } catch (error) {
    throw forbidden(REQUESTS, name, `failed to parse CSR: ${errorMessage(error)}`);
  }
}
