import type { certificatesV1 } from '@kubernode/api';
import { dnsLabelFaults, duplicate, invalidValue, notSupported, pathSegmentName, repeatedIndexes, required, subdomainFaults, tooLong, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';
import { requestFault } from './request-fault.ts';
import { nextStatus, statusFaults } from './request-status.ts';

type Request = certificatesV1.CertificateSigningRequest & KubeObject;

const DOMAIN_BYTES_MAX = 253;
const EXPIRATION_SECONDS_MIN = 600;
const USAGES = [
  'any', 'cert sign', 'client auth', 'code signing', 'content commitment', 'crl sign', 'data encipherment', 'decipher only', 'digital signature', 'email protection',
  'encipher only', 'ipsec end system', 'ipsec tunnel', 'ipsec user', 'key agreement', 'key encipherment', 'microsoft sgc', 'netscape sgc', 'ocsp signing', 's/mime',
  'server auth', 'signing', 'timestamping',
];

/** Who asked is what authentication says; what was asked never changes. Approval and the certificate have paths of their own. */
export const certificateSigningRequestStrategy: Strategy<Request> = {
  prepareForCreate(request, { user }) {
    const spec = (request.spec ??= { request: '', signerName: '' });
    spec.username = user.name;
    if (user.uid === '') delete spec.uid;
    else spec.uid = user.uid;
    spec.groups = [...user.groups];
    const extra: [string, string[]][] = Object.entries(user.extra).map(([key, values]) => [key, [...values]]);
    if (extra.length === 0) delete spec.extra;
    else spec.extra = Object.fromEntries(extra);
    request.status = {};
  },
  prepareForUpdate(request, old, { subresource, now }) {
    request.spec = structuredClone(old.spec) as certificatesV1.CertificateSigningRequestSpec; // a stored request has a spec
    request.status = structuredClone(nextStatus(request.status ?? {}, old.status ?? {}, { subresource, now }));
  },
  validate: ({ spec }) => specFaults(spec),
  validateUpdate: (request, old, { subresource }) => statusFaults(request.status ?? {}, old.status ?? {}, subresource),
  judgesMetadataAgain: true,
  validateName: pathSegmentName,
  selectableFields: ({ spec }) => ({ 'spec.signerName': spec?.signerName ?? '' }),
};

function specFaults(spec: Readonly<certificatesV1.CertificateSigningRequestSpec> | undefined): FieldError[] {
  const { request, signerName = '', expirationSeconds } = spec ?? {};
  const usages = spec?.usages ?? [];
  const repeated = repeatedIndexes(usages);
  const fault = requestFault(Buffer.from(request ?? '', 'base64').toString('latin1'));
  return [
    ...(fault === undefined ? [] : [invalidValue('spec.request', request ?? null, fault)]),
    ...(usages.length === 0 ? [required('spec.usages')] : []),
    ...usages.flatMap((usage, index) => (USAGES.includes(usage) ? [] : [notSupported(`spec.usages[${index}]`, usage, USAGES)])),
    ...usages.flatMap((usage, index) => (repeated.has(index) ? [duplicate(`spec.usages[${index}]`, usage)] : [])),
    ...signerFaults(signerName),
    ...(expirationSeconds !== undefined && expirationSeconds < EXPIRATION_SECONDS_MIN ? [invalidValue('spec.expirationSeconds', expirationSeconds, `may not specify a duration less than ${EXPIRATION_SECONDS_MIN} seconds (10 minutes)`)] : []),
  ];
}

const SIGNER_BYTES_MAX = 253 + 1 + 253 + 63 + 1;

/** A domain of two labels at least, and a path of parts between dots. */
function signerFaults(name: string): FieldError[] {
  const at = 'spec.signerName';
  if (name === '') return [required(at)];
  if (name === 'kubernetes.io/legacy-unknown') return [invalidValue(at, name, 'the legacy signerName is not allowed via this API version')];
  const [domain = '', path, ...rest] = name.split('/');
  if (path === undefined || rest.length > 0) return [invalidValue(at, name, 'must be a fully qualified domain and path of the form \'example.com/signer-name\'')];
  return [
    ...(Buffer.byteLength(domain) > DOMAIN_BYTES_MAX ? [tooLong(at, DOMAIN_BYTES_MAX)] : []),
    ...firstLabelFaults(domain, dnsLabelFaults),
    ...(domain.includes('.') ? [] : [invalidValue(at, domain, 'should be a domain with at least two segments separated by dots')]),
    ...firstLabelFaults(path, (label) => subdomainFaults(label)),
    ...(Buffer.byteLength(name) > SIGNER_BYTES_MAX ? [tooLong(at, SIGNER_BYTES_MAX)] : []),
  ];
}

/** Faults of the first label that has any. */
function firstLabelFaults(labels: string, rule: (label: string) => string[]): FieldError[] {
  const wrong = labels.split('.').find((label) => rule(label).length > 0);
  return wrong === undefined ? [] : rule(wrong).map((fault) => invalidValue('spec.signerName', labels, `validating label ${JSON.stringify(wrong)}: ${fault}`));
}
