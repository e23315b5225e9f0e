import { existsSync, readFileSync, statSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { errorMessage } from '@kubernode/base';
import { type KeyPair, replaceFileSync, UserError } from '@kubernode/component-base';

interface Named { name: string; [field: string]: unknown }
export interface Kubeconfig {
  apiVersion: string;
  kind: string;
  clusters: Named[];
  users: Named[];
  contexts: Named[];
  'current-context': string;
  [field: string]: unknown;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A kubeconfig with one cluster, user and context, all inline. */
export function buildKubeconfig({ name, user, server, ca, client, tlsServerName }: {
  name: string; user: string; server: string; ca: string; client: KeyPair;
  /** The name to expect in the server's certificate, where the server is named by its address. */
  tlsServerName?: string;
}): Kubeconfig {
  return {
    apiVersion: 'v1', kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(ca), ...(tlsServerName !== undefined && { 'tls-server-name': tlsServerName }) } }],
    users: [{ name: user, user: { 'client-certificate-data': base64(client.certificate), 'client-key-data': base64(client.key) } }],
    contexts: [{ name, context: { cluster: name, user } }],
    'current-context': name,
  };
}

/** `into` with the entries of `from` added or replaced by name; all others and unknown fields stay. The current context becomes ours only where none was. */
export function mergeKubeconfig(into: Kubeconfig, from: Kubeconfig): Kubeconfig {
  const merged = { ...into };
  for (const list of ['clusters', 'users', 'contexts'] as const) {
    const ours = new Map(from[list].map((one) => [one.name, one]));
    const kept = (into[list] ?? []).map((one) => ours.get(one.name) ?? one);
    const present = new Set(kept.map((one) => one.name));
    merged[list] = [...kept, ...from[list].filter((one) => !present.has(one.name))];
  }
  if ((into['current-context'] ?? '') === '') merged['current-context'] = from['current-context'];
  return merged;
}

/** `from` without the entries that `mergeKubeconfig` added under this cluster's names. */
export function removeFromKubeconfig(from: Kubeconfig, ours: Kubeconfig): Kubeconfig {
  const rest = { ...from };
  for (const list of ['clusters', 'users', 'contexts'] as const) {
    const names = new Set(ours[list].map((one) => one.name));
    rest[list] = (from[list] ?? []).filter((one) => !names.has(one.name));
  }
  if (from['current-context'] === ours['current-context']) rest['current-context'] = '';
  return rest;
}

/** Reads a kubeconfig file; an empty one when there is none. */
export function readKubeconfig(file: string): Kubeconfig {
  const empty: Kubeconfig = { apiVersion: 'v1', kind: 'Config', clusters: [], users: [], contexts: [], 'current-context': '' };
  if (!existsSync(file)) return empty;
  try {
    return { ...empty, ...(parse(readFileSync(file, 'utf8')) as Partial<Kubeconfig> | null) }; // a user's own file; lists are read with care above
  } catch (error) {
    throw new UserError(`${file} is not a kubeconfig that can be extended: ${errorMessage(error)}; mend it, or move it away`);
  }
}

/** Leaves a file alone that says the same already: those who follow it have nothing to take up. */
export function writeKubeconfig(file: string, config: Kubeconfig): void {
  const text = kubeconfigText(config);
  if (existsSync(file) && readFileSync(file, 'utf8') === text && (statSync(file).mode & 0o077) === 0) return;
  replaceFileSync(file, text, { mode: 0o600 });
}

export function kubeconfigText(config: Kubeconfig): string { return stringify(config); }
