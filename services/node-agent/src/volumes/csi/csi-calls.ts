import { coreV1Resources, type storageV1, storageV1Resources } from '@kubernode/api';
import { errorMessage } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import type { CsiMap } from '@kubernode/rpc';
import type { Pod } from '../../pod/pod-facts.ts';
import type { ServiceAccountTokens, Token } from '../service-account-tokens.ts';
import { NotAttached, VolumeError } from '../volume-error.ts';
import type { CsiSource } from './csi-request.ts';
import type { DriverObject } from './driver-objects.ts';
import { attachmentName, csiText } from './vol-data.ts';

export interface ClusterDeps { client: Pick<Client, 'get'>; nodeName: string; tokens: Pick<ServiceAccountTokens, 'get'> }

/** What the controller's side of the driver tells its node side about an attached volume. Rejects while it is not attached. */
export async function publishContext({ client, nodeName }: ClusterDeps, source: CsiSource, object: DriverObject | undefined): Promise<CsiMap> {
  if (source.lifecycle === 'Ephemeral' || object?.spec.attachRequired === false) return {};
  const name = attachmentName({ volumeHandle: source.volumeHandle, driverName: source.driver, nodeName });
  const attachment = await client.get(storageV1Resources.volumeattachments, { name })
    .catch((error: unknown) => { throw new NotAttached(`volume ${source.volumeHandle} has GET error for volume attachment ${name}: ${errorMessage(error)}`, { cause: error }); });
  const fault = attachmentFault(attachment, source.volumeHandle);
  if (fault !== undefined) throw new NotAttached(fault);
  return attachment.status?.attachmentMetadata ?? {};
}

function attachmentFault({ metadata, status }: storageV1.VolumeAttachment, volumeHandle: string): string | undefined {
  if (metadata.deletionTimestamp !== undefined) return 'volume attachment is being deleted';
  if (status?.attached === true) return undefined;
  return status?.attachError?.message ?? `volume ${volumeHandle} is not attached for volume attachment ${metadata.name}`;
}

/** The values of a secret that a volume names. */
export async function driverSecrets({ client }: ClusterDeps, ref: CsiSource['publishSecret'], field: string): Promise<Record<string, string>> {
  if (ref === undefined) return {};
  const secret = await client.get(coreV1Resources.secrets, ref)
    .catch((error: unknown) => { throw new VolumeError(`fetching ${field} ${ref.namespace}/${ref.name} failed: ${errorMessage(error)}`, { cause: error }); });
  return Object.fromEntries(Object.entries(secret.data ?? {}).map(([key, base64]) => [key, Buffer.from(base64, 'base64').toString()]));
}

const TOKENS_KEY = 'csi.storage.k8s.io/serviceAccount.tokens';

/** The pod's tokens for a driver that asks for them, by audience. */
export async function driverTokens({ tokens }: ClusterDeps, pod: Pod, object: DriverObject | undefined): Promise<CsiMap> {
  const requests = object?.spec.tokenRequests ?? [];
  if (requests.length === 0) return {};
  try {
    const entries = await Promise.all(requests.map(async ({ audience, expirationSeconds }): Promise<[string, Pick<Token, 'token' | 'expirationTimestamp'>]> => {
      const { token, expirationTimestamp } = await tokens.get(pod, { audience, expirationSeconds });
      return [audience, { token, expirationTimestamp }];
    }));
    return { [TOKENS_KEY]: JSON.stringify(Object.fromEntries(entries)) };
  } catch (error) {
    throw new VolumeError(csiText(`mounter.SetUpAt failed to get service accoount token attributes: ${errorMessage(error)}`), { cause: error }); // spelt as the kubelet does
  }
}
