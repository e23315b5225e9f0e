import { createPrivateKey, X509Certificate } from 'node:crypto';
import { errorMessage } from '@kubernode/base';
import { certificatesWithin, fingerprintOf } from '@kubernode/component-base';
import type { PlannedCertificate } from './certificate-plan.ts';
import { missingNames } from './reason-to-issue.ts';

const DAY_MS = 86_400_000;
/** The supervisor renews at two thirds of a life; a certificate older than this part of it was forgotten. */
const OVERDUE_PART = 0.8;

/** A file as it was found: certificates with their key beside, or a kubeconfig that holds both. */
export interface FoundFile {
  file: string;
  text: string;
  /** The key beside it; absent where there is none. */
  key?: { file: string; text: string; mode: number };
  mode: number;
  /** What it was planned to be; absent for authorities and for files of others. */
  planned?: PlannedCertificate;
  /** Names of the processes that are told of it. */
  usedBy: readonly string[];
}

/** One certificate, as `certs check` shows it. */
export interface CertificateReport {
  /** A file, or `PROCESS:PORT` for what is served. */
  where: string;
  subject: string;
  names: readonly string[];
  issuer: string;
  notBefore: string;
  notAfter: string;
  daysLeft: number;
  fingerprint: string;
  usedBy: readonly string[];
  problems: readonly string[];
}

export interface Judging { authorities: readonly X509Certificate[]; now: number }

/** What is wrong with the certificates of a file; pure. A kubeconfig is judged as the secret that it is. */
export function judgeFile(found: FoundFile, judging: Judging): readonly CertificateReport[] {
  const { file, text, mode, key, planned, usedBy } = found;
  const pems = certificatesWithin(text);
  const ofFile = [...(holdsKey(text) && (mode & 0o077) !== 0 ? [`others may read ${file}, which holds a key`] : []), ...(key !== undefined && (key.mode & 0o077) !== 0 ? [`others may read ${key.file}`] : [])];
  if (pems.length === 0) return [{ where: file, subject: '', names: [], issuer: '', notBefore: '', notAfter: '', daysLeft: 0, fingerprint: '', usedBy, problems: [...ofFile, 'there is no certificate in it'] }];
  return pems.map((pem, i) => {
    try {
      const certificate = new X509Certificate(pem);
      const own = i > 0 ? [] : [...ofFile, ...keyProblems(certificate, key), ...(planned === undefined ? [] : nameProblems(certificate, planned))];
      return reportOf(certificate, judging.now, { where: file, usedBy, problems: [...own, ...problemsOf(certificate, judging)] });
    } catch (error) {
      return { where: file, subject: '', names: [], issuer: '', notBefore: '', notAfter: '', daysLeft: 0, fingerprint: '', usedBy, problems: [errorMessage(error)] };
    }
  });
}

/** What a port serves, against the file that it should serve. */
export interface ServedCertificate { process: string; port: number; file: string; /** In use according to the file; absent when it cannot be read. */ fingerprint: string | undefined; certificate?: X509Certificate | undefined; fault?: string | undefined }

export function judgeServed({ process, port, file, fingerprint, certificate, fault }: ServedCertificate, judging: Judging): CertificateReport {
  const where = `${process}:${port}`;
  if (certificate === undefined) return { where, subject: '', names: [], issuer: '', notBefore: '', notAfter: '', daysLeft: 0, fingerprint: '', usedBy: [process], problems: [`nothing is served: ${fault ?? 'no certificate was shown'}`] };
  const differs = fingerprint !== undefined && fingerprint !== fingerprintOf(certificate);
  return reportOf(certificate, judging.now, { where, usedBy: [process], problems: [...(differs ? [`not the one in ${file}`] : []), ...problemsOf(certificate, judging)] });
}

function reportOf(certificate: X509Certificate, now: number, rest: Pick<CertificateReport, 'where' | 'usedBy' | 'problems'>): CertificateReport {
  const line = (name: string): string => name.split('\n').join(', ');
  const { subject, issuer, validFrom, validTo, subjectAltName = '' } = certificate;
  return {
    subject: line(subject), names: subjectAltName === '' ? [] : subjectAltName.split(', ').map((one) => one.replace(/^(DNS|IP Address):/, '')), issuer: line(issuer),
    notBefore: iso(validFrom), notAfter: iso(validTo), daysLeft: Math.floor((Date.parse(validTo) - now) / DAY_MS), fingerprint: fingerprintOf(certificate), ...rest,
  };
}

function problemsOf(certificate: X509Certificate, { authorities, now }: Judging): string[] {
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const isKnown = certificate.ca || authorities.some((authority) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey));
  return [
    ...(to <= now ? ['expired'] : now > from + (to - from) * OVERDUE_PART ? [certificate.ca ? 'near its end: begin \'kubernode certs rotate-ca\'' : 'its renewal is overdue'] : []),
    ...(from > now ? ['not valid yet'] : []),
    ...(isKnown ? [] : ['signed by an authority that is not the cluster\'s']),
  ];
}

function keyProblems(certificate: X509Certificate, key: FoundFile['key']): string[] {
  if (key === undefined) return [];
  try { return certificate.checkPrivateKey(createPrivateKey(key.text)) ? [] : [`${key.file} is the key of another certificate`]; } catch (error) { return [`${key.file}: ${errorMessage(error)}`]; }
}

function nameProblems(certificate: X509Certificate, { request }: PlannedCertificate): string[] {
  const missing = missingNames(certificate, request);
  return missing.length === 0 ? [] : [`not for ${missing.join(', ')}`];
}

/** Also a key that is coded within a kubeconfig. */
const holdsKey = (text: string): boolean => /PRIVATE KEY-----|client-key-data:/.test(text);

const iso = (date: string): string => new Date(Date.parse(date)).toISOString(); // of a given time
