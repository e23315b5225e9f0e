import { X509Certificate } from 'node:crypto';
import { DerError, expectElement, SEQUENCE } from './der.ts';

/** A certificate in DER, or why it is none, in the words of Go's library. What follows it is not looked at. */
export function parseCertificate(der: Buffer): X509Certificate | string {
  const content = contentOf(der);
  if (content === undefined) return 'x509: malformed certificate';
  if (contentOf(content) === undefined) return 'x509: malformed tbs certificate';
  try {
    return new X509Certificate(der);
  } catch {
    return 'x509: malformed certificate'; // the library says why in words of its own
  }
}

/** Of the sequence that the bytes begin with. */
function contentOf(bytes: Buffer): Buffer | undefined {
  try {
    return expectElement(bytes, 0, { tag: SEQUENCE, name: '' }).content;
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}
