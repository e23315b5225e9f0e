import type { apiregistrationV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { ServiceReference } from '../webhook-client/service-resolver.ts';

export type ApiService = apiregistrationV1.APIService & KubeObject;

export const API_SERVICES = { group: 'apiregistration.k8s.io', resource: 'apiservices' } as const;

const HTTPS_PORT = 443;

/** A version of a group that another server answers for. */
export interface RemoteVersion {
  /** Of the APIService. */
  name: string;
  group: string;
  version: string;
  groupPriority: number;
  versionPriority: number;
  service: ServiceReference;
  /** Whom its certificate has to name. */
  serverName: string;
  /** PEM in base64; the system's authorities when empty. */
  caBundle: string;
  insecure: boolean;
  isAvailable: boolean;
}

/** Undefined for versions that this server answers itself. */
export function remoteVersion({ metadata: { name }, spec, status }: Readonly<ApiService>): RemoteVersion | undefined {
  if (spec?.service === undefined) return undefined;
  const { group = '', version = '', groupPriorityMinimum, versionPriority, caBundle = '', insecureSkipTLSVerify = false, service } = spec;
  const { namespace = '', name: serviceName = '', port = HTTPS_PORT } = service;
  return {
    name, group, version, groupPriority: groupPriorityMinimum, versionPriority, service: { namespace, name: serviceName, port }, serverName: `${serviceName}.${namespace}.svc`,
    caBundle, insecure: insecureSkipTLSVerify, isAvailable: status?.conditions?.some(({ type, status: is }) => type === 'Available' && is === 'True') === true,
  };
}

/** The path of everything in the version. */
export function pathOf({ group, version }: Pick<RemoteVersion, 'group' | 'version'>): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}
