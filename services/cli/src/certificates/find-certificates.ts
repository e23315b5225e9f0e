import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { connect } from 'node:tls';
import { errorMessage, type Clock } from '@kubernode/base';
import { certificatesIn, namedCertificates } from '@kubernode/component-base';
import { AUTHORITIES, type PlannedCertificate } from './certificate-plan.ts';
import type { FoundFile, ServedCertificate } from './judge-certificates.ts';
import { readPair } from './pki-folder.ts';

const ANSWER_TIMEOUT_MS = 3_000;

/** A port that speaks TLS, and the certificate that it is to show. */
export interface ServingPort { process: string; host: string; port: number; file: string }

/** Every certificate of a folder and every kubeconfig of another, with who is told of them. */
export function findCertificates({ pkiDir, kubeconfigs, plan, usersOf }: { pkiDir: string; kubeconfigs: readonly string[]; plan: readonly PlannedCertificate[]; usersOf: (file: string) => readonly string[] }): readonly FoundFile[] {
  const planned = new Map(plan.map((one) => [`${one.name}.crt`, one]));
  const kubeconfigOf = (name: string): string | undefined => kubeconfigs.find((one) => path.basename(one) === `${name}.kubeconfig`);
  const certificates = readdirSync(pkiDir).filter((name) => name.endsWith('.crt')).sort().map((name): FoundFile => {
    const file = path.join(pkiDir, name);
    const keyFile = file.replace(/\.crt$/, '.key');
    const kubeconfig = kubeconfigOf(name.replace(/\.crt$/, ''));
    const one = planned.get(name);
    return {
      ...readFound(file), usedBy: [...usersOf(file), ...(kubeconfig === undefined ? [] : usersOf(kubeconfig))], ...(one !== undefined && { planned: one }),
      ...(existsSync(keyFile) && { key: readFound(keyFile) }),
    };
  });
  return [...certificates, ...kubeconfigs.filter((file) => existsSync(file)).map((file) => ({ ...readFound(file), usedBy: usersOf(file) }))];
}

/** Those that a folder believes, all of them. */
export function findAuthorities(pkiDir: string): readonly X509Certificate[] {
  return AUTHORITIES.flatMap((name) => certificatesIn(readPair(pkiDir, name)?.certificate ?? '')).map((pem) => new X509Certificate(pem));
}

/** What a port shows to a client of the cluster. */
export async function findServed({ process, host, port, file }: ServingPort, { client, clock }: { client: { cert: string; key: string }; clock: Clock }): Promise<ServedCertificate> {
  const fingerprint = existsSync(file) ? namedCertificates(readFileSync(file, 'utf8'))[0]?.fingerprint : undefined;
  try { return { process, port, file, fingerprint, certificate: await shownBy({ host, port, client, clock }) }; } catch (error) {
    return { process, port, file, fingerprint, fault: errorMessage(error) };
  }
}

function shownBy({ host, port, client, clock }: { host: string; port: number; client: { cert: string; key: string }; clock: Clock }): Promise<X509Certificate | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, ...client, rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'], servername: 'localhost' }, () => {
      resolve(socket.getPeerX509Certificate());
      end();
    });
    const timer = clock.after(ANSWER_TIMEOUT_MS, () => { socket.destroy(new Error('no answer in time')); });
    const end = (): void => { timer[Symbol.dispose](); socket.destroy(); };
    socket.on('error', (error) => { end(); reject(error); });
  });
}

function readFound(file: string): { file: string; text: string; mode: number } {
  return { file, text: readFileSync(file, 'utf8'), mode: statSync(file).mode };
}

