import { API_SERVER_CLIENT, KUBELET_CLIENT, KUBELET_SERVING, LEGACY_UNKNOWN, signerFault, type RequestedCertificate } from './signer-rules.ts';

const node: RequestedCertificate = { commonName: 'system:node:a', organizations: ['system:nodes'], names: [], usages: ['client auth', 'digital signature'] };
const serving: RequestedCertificate = { ...node, names: [{ type: 'dns', value: 'a' }], usages: ['server auth', 'digital signature', 'key encipherment'] };

test.each<[string, string, RequestedCertificate, string | undefined]>([
  ['a client', API_SERVER_CLIENT, { ...node, organizations: [] }, undefined],
  ['a client that would serve', API_SERVER_CLIENT, { ...node, usages: ['server auth'] }, 'invalid usage for client certificate: server auth'],
  ['a client without client auth', API_SERVER_CLIENT, { ...node, usages: ['digital signature'] }, 'missing required usage for client certificate: client auth'],
  ['a kubelet', KUBELET_CLIENT, node, undefined],
  ['a kubelet of another group', KUBELET_CLIENT, { ...node, organizations: ['devs'] }, 'subject organization is not system:nodes'],
  ['a kubelet of another name', KUBELET_CLIENT, { ...node, commonName: 'a' }, 'subject common name does not begin with system:node:'],
  ['a kubelet client with names', KUBELET_CLIENT, { ...node, names: serving.names }, 'DNS subjectAltNames are not allowed'],
  ['a serving kubelet', KUBELET_SERVING, serving, undefined],
  ['a serving kubelet without names', KUBELET_SERVING, { ...serving, names: [] }, 'DNS or IP subjectAltName is required'],
  ['a serving kubelet as client', KUBELET_SERVING, { ...serving, usages: ['client auth'] }, 'usages did not match [digital signature key encipherment server auth]'],
  ['anything, by the legacy signer', LEGACY_UNKNOWN, { ...node, usages: ['code signing'] }, undefined],
])('signerFault of %s', (_name, signer, request, want) => { expect(signerFault(signer, request)).toBe(want); });
