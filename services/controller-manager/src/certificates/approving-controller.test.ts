import { approve, approvingController, recognize } from './approving-controller.ts';
import type { CertificateRequest } from './request-state.ts';
import { KUBELET_CLIENT, type RequestedCertificate } from './signer-rules.ts';

const asked: RequestedCertificate = { commonName: 'system:node:a', organizations: ['system:nodes'], names: [], usages: ['client auth', 'digital signature'] };
const request = (username: string): CertificateRequest => ({ apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name: 'r' }, spec: { signerName: KUBELET_CLIENT, username, usages: asked.usages } } as unknown as CertificateRequest); // written by hand

test.each<[string, string, Partial<RequestedCertificate>, string[]]>([
  ['its own certificate', 'system:node:a', {}, ['selfnodeclient', 'nodeclient']],
  ['another\'s certificate', 'system:bootstrap:x', {}, ['nodeclient']],
  ['a certificate with names', 'system:node:a', { names: [{ type: 'dns', value: 'a' }] }, []],
  ['a certificate to serve with', 'system:node:a', { usages: ['server auth', 'digital signature'] }, []],
])('recognize somebody who asks for %s', (_title, username, more, want) => {
  expect(recognize(request(username), { ...asked, ...more }).map(({ subresource }) => subresource)).toEqual(want);
});

test('an approval says why', () => {
  const [action] = approve({ request: request('system:node:a'), approvedAs: { subresource: 'nodeclient', message: 'why' } }, 0).actions;
  expect(action).toMatchObject({ do: 'update', subresource: 'approval', object: { status: { conditions: [{ type: 'Approved', status: 'True', reason: 'AutoApproved', message: 'why' }] } } });
});

test.each(['Approved', 'Denied'])('a request that is %s already is left alone', (type) => {
  const known = { ...request('system:node:a'), status: { conditions: [{ type, status: 'True' }] } };
  expect(approvingController.read('r', { of: () => ({ get: () => known }) } as never)).toBeUndefined();
});
