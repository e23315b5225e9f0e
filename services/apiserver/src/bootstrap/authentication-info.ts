import type { KubeObject } from '@kubernode/apimachinery';
import { errorMessage, isAbortError, type Clock, type WakeUp } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { ObjectWriter } from '../endpoints/endpoint.ts';
import { createMissing } from './create-missing.ts';

export interface AuthenticationInfo {
  clientCa: string | undefined;
  frontProxyCa: string | undefined;
  frontProxy: { allowedNames: readonly string[]; usernameHeaders: readonly string[]; uidHeaders: readonly string[]; groupHeaders: readonly string[]; extraPrefixes: readonly string[] };
}

const RETRY_MS = 1_000;

/** How servers that extend the API learn whom to believe: these CAs, and the headers that front proxies speak in. */
export function authenticationInfo({ clientCa, frontProxyCa, frontProxy }: AuthenticationInfo): KubeObject {
  const headers = frontProxyCa === undefined ? {} : {
    'requestheader-client-ca-file': frontProxyCa, 'requestheader-allowed-names': JSON.stringify(frontProxy.allowedNames), 'requestheader-username-headers': JSON.stringify(frontProxy.usernameHeaders),
    'requestheader-uid-headers': JSON.stringify(frontProxy.uidHeaders), 'requestheader-group-headers': JSON.stringify(frontProxy.groupHeaders), 'requestheader-extra-headers-prefix': JSON.stringify(frontProxy.extraPrefixes),
  };
  const data = { ...(clientCa !== undefined && { 'client-ca-file': clientCa }), ...headers };
  return { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'extension-apiserver-authentication', namespace: 'kube-system' }, ...(Object.keys(data).length > 0 && { data }) };
}

/** Makes the ConfigMap, or brings what this server knows up to date in it. */
export async function publishAuthenticationInfo(writer: ObjectWriter, info: KubeObject): Promise<void> {
  const configMaps = { group: '', resource: 'configmaps' };
  await createMissing(writer, configMaps, [info]);
  const wanted = info['data'] as Record<string, string> | undefined ?? {}; // as it was made above
  await writer.update(configMaps, { namespace: info.metadata.namespace ?? '', name: info.metadata.name }, (stored) => {
    const data = stored['data'] as Record<string, string> | undefined ?? {}; // a ConfigMap's
    return Object.entries(wanted).every(([key, value]) => data[key] === value) ? undefined : { ...stored, data: { ...data, ...wanted } };
  });
}

/** Publishes each change of the authorities until aborted; what fails is tried again. */
export async function runAuthenticationInfo({ writer, current, changed, clock, logger }: { writer: ObjectWriter; current: () => AuthenticationInfo; changed: WakeUp; clock: Clock; logger: Logger }, signal: AbortSignal): Promise<void> {
  for (;;) {
    await changed.heard(signal);
    if (signal.aborted) return;
    try { await publishAuthenticationInfo(writer, authenticationInfo(current())); } catch (error) {
      if (isAbortError(error) && signal.aborted) return;
      logger.warn('cannot publish changed authorities; tried again', { error: errorMessage(error) });
      changed.ring();
      await clock.sleep(RETRY_MS, { signal }).catch(() => undefined); // aborted: seen above
    }
  }
}
