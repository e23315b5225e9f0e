/** What a certificate request says of itself, as far as signers judge it. */
export interface RequestedCertificate {
  commonName: string;
  organizations: readonly string[];
  names: readonly { type: string; value: string }[];
  usages: readonly string[];
}

export const API_SERVER_CLIENT = 'kubernetes.io/kube-apiserver-client';
export const KUBELET_CLIENT = 'kubernetes.io/kube-apiserver-client-kubelet';
export const KUBELET_SERVING = 'kubernetes.io/kubelet-serving';
export const LEGACY_UNKNOWN = 'kubernetes.io/legacy-unknown';

const NODE_GROUP = 'system:nodes';
const NODE_PREFIX = 'system:node:';
const OPTIONAL_CLIENT_USAGES = new Set(['digital signature', 'key encipherment']);

/** Why the signer does not sign this, in Kubernetes' words; undefined when it does. */
export function signerFault(signerName: string, request: RequestedCertificate): string | undefined {
  switch (signerName) {
    case API_SERVER_CLIENT: return clientUsageFault(request.usages);
    case KUBELET_CLIENT: return nodeFault(request) ?? kubeletClientFault(request);
    case KUBELET_SERVING: return nodeFault(request) ?? kubeletServingFault(request);
    default: return undefined;
  }
}

function clientUsageFault(usages: readonly string[]): string | undefined {
  const foreign = usages.find((one) => one !== 'client auth' && !OPTIONAL_CLIENT_USAGES.has(one));
  if (foreign !== undefined) return `invalid usage for client certificate: ${foreign}`;
  return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth';
}

function nodeFault({ organizations }: RequestedCertificate): string | undefined {
  return organizations.length === 1 && organizations[0] === NODE_GROUP ? undefined : 'subject organization is not system:nodes';
}

function kubeletClientFault({ names, commonName, usages }: RequestedCertificate): string | undefined {
  for (const [type, word] of [['dns', 'DNS'], ['email', 'Email'], ['ip', 'IP'], ['url', 'URI']]) if (names.some((name) => name.type === type)) return `${word} subjectAltNames are not allowed`;
  if (!commonName.startsWith(NODE_PREFIX)) return 'subject common name does not begin with system:node:';
  return usageFault(usages, 'client auth');
}

function kubeletServingFault({ names, commonName, usages }: RequestedCertificate): string | undefined {
  if (!names.some(({ type }) => type === 'dns' || type === 'ip')) return 'DNS or IP subjectAltName is required';
  for (const [type, word] of [['email', 'Email'], ['url', 'URI']]) if (names.some((name) => name.type === type)) return `${word} subjectAltNames are not allowed`;
  const fault = usageFault(usages, 'server auth');
  return fault ?? (commonName.startsWith(NODE_PREFIX) ? undefined : 'subject common name does not begin with system:node:');
}

/** Exactly these; key encipherment is for RSA keys only. */
function usageFault(usages: readonly string[], auth: string): string | undefined {
  const given = [...new Set(usages)].sort().join();
  const wanted = [auth, 'digital signature'].sort();
  const withRsa = [...wanted, 'key encipherment'].sort();
  return given === wanted.join() || given === withRsa.join() ? undefined : `usages did not match [${withRsa.join(' ')}]`;
}
