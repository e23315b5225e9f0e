import type { Pkcs10CertificateRequest } from '@peculiar/x509';
import type { RequestedCertificate } from './signer-rules.ts';

/** A parsed request: what it says of itself, and what signing needs. */
export interface ReadRequest extends Omit<RequestedCertificate, 'usages'> { pkcs10: Pkcs10CertificateRequest }

const PEM = /-----BEGIN ([A-Z ]+)-----\s+[\s\S]*?-----END \1-----/;

/** Reads `spec.request`: base64 of a PEM block. Rejects when it is none. The library is loaded on first use: few clusters sign often. */
export async function readRequest(base64: string): Promise<ReadRequest> {
  await import('reflect-metadata');
  const { Pkcs10CertificateRequest, SubjectAlternativeNameExtension } = await import('@peculiar/x509');
  const [pem = '', type] = PEM.exec(Buffer.from(base64, 'base64').toString()) ?? [];
  if (type !== 'CERTIFICATE REQUEST') throw new Error('PEM block type must be CERTIFICATE REQUEST');
  const pkcs10 = new Pkcs10CertificateRequest(pem);
  const names = pkcs10.extensions.flatMap((one) => (one instanceof SubjectAlternativeNameExtension ? one.names.items : []));
  return { commonName: pkcs10.subjectName.getField('CN')[0] ?? '', organizations: pkcs10.subjectName.getField('O'), names: names.map(({ type: kind, value }) => ({ type: kind, value })), pkcs10 };
}
