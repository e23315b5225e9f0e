import type { certificatesV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import { subjectCommonName } from '../../../admission/certificate-subject.ts';

const NODE_SIGNERS: readonly string[] = ['kubernetes.io/kubelet-serving', 'kubernetes.io/kube-apiserver-client-kubelet'];

/** Why a node may not ask for a certificate: in its own name only, of the signers that sign for nodes. */
export function signingRequestFault(node: string, object: Readonly<KubeObject> | undefined): string | undefined {
  const { spec } = object as Partial<certificatesV1.CertificateSigningRequest>; // created here
  if (!NODE_SIGNERS.includes(spec?.signerName ?? '')) return undefined;
  try {
    if (subjectCommonName(Buffer.from(spec?.request ?? '', 'base64').toString()) === `system:node:${node}`) return undefined;
  } catch (error) { return `unable to parse csr: ${errorMessage(error)}`; }
  return `can only create a node CSR with CN=system:node:${node}`;
}
