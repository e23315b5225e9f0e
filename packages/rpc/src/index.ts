/**
 * gRPC contracts of `proto/` with their channels, a client of etcd's v3 interface, and the parts of HTTP/2 that both sides of a connection use.
 * Guarantees: nothing connects before its first call; every fault is typed; a write is never sent twice unless it certainly never left.
 * Non-goals: etcd's authentication by password (TLS client certificates are what Kubernetes uses), locks and elections.
 */
export { EtcdError, isMembershipUnsafe, isNotReadyToPromote, isRetriable, type EtcdErrorCode, type EtcdErrorInit } from './etcd/etcd-error.ts';
export {
  prefixRangeEnd, type Compare, type EtcdCallOptions, type EtcdClient, type EtcdEvent, type KeyValue,
  type Operation, type OperationResult, type RangeRequest, type RangeResponse, type TxnRequest, type TxnResponse, type WatchBatch, type WatchRequest,
} from './etcd/etcd-client.ts';
export { defragmentMembers, type Defragmented, type DefragmentOptions } from './etcd-care/defragment-members.ts';
export { leaderOf, observeEtcd, type ObservedEtcd, type ObservedMember } from './etcd-care/observe-members.ts';
export { freeBytes, FULL_SHARE, planDefrag, reasonAgainst, type DefragChoice, type DefragPlan } from './etcd-care/space-plan.ts';
export { controlPlaneService, MESSAGE_BYTES_MAX } from './controlplane/control-plane-service.ts';
export { ControlPlaneError, openControlPlane, type ControlPlaneChannel, type ControlPlaneChannelOptions, type ControlPlaneStream, type LeaseHolding } from './controlplane/control-plane-channel.ts';
export type { CallRequest, CallResponse, Fence, LeaseHold, LeaseState, WatchFrame } from './controlplane/messages.ts';
export { CriError, criService, openCriChannel, type CriCallOptions, type CriChannel, type CriErrorCode, type CriMethods } from './cri/cri-channel.ts';
export { openImageSnapshots, type ImageSnapshots, type SnapshotMount } from './cri/image-snapshots.ts';
export type * as cri from './cri/messages.ts';
export {
  openCsiNode, type CsiAccessMode, type CsiExpandRequest, type CsiMap, type CsiNode, type CsiNodeCapability, type CsiNodeInfo, type CsiNodeOptions, type CsiPublishRequest,
  type CsiStageRequest, type CsiVolumeCapability, type CsiVolumeStats, type CsiVolumeUsage,
} from './csi/csi-node.ts';
export { isFinalPluginError, PluginError } from './csi/plugin-error.ts';
export { openPluginRegistration, type PluginInfo, type PluginRegistration } from './csi/plugin-registration.ts';
export { decodeEncryptedObject, encodeEncryptedObject, type EncryptedObject, type KeySource } from './kms/encrypted-object.ts';
export { KmsError } from './kms/kms-error.ts';
export {
  externalJwtService, openExternalJwtSigner, type ExternalJwtSigner, type ExternalJwtSignerOptions, type ExternalKey, type ExternalKeys, type ExternalSignature,
} from './external-jwt/external-jwt-signer.ts';
export { openKmsService, type KmsCiphertext, type KmsService, type KmsServiceOptions, type KmsStatus } from './kms/kms-service.ts';
export { createEtcdAdmin, type EtcdAdmin, type EtcdAlarm, type EtcdHash, type EtcdMember, type EtcdStatus } from './etcd/etcd-admin.ts';
export type { EndpointPoolOptions } from './etcd/endpoint-pool.ts';
export { createEtcdClient, type EtcdClientOptions } from './etcd/create-etcd-client.ts';
export type { EtcdTlsFiles } from './etcd/endpoint-connection.ts';
export { MalformedMessageError, MessageReader } from './protobuf/message-reader.ts';
export { ReverseWriter } from './protobuf/reverse-writer.ts';
export { FrameOutput } from './http2/frame-output.ts';
export { FrameReader, type OnFrame } from './http2/frame-reader.ts';
export { HeaderBlockError, HeaderDecoder, type HeaderList } from './http2/hpack/header-decoder.ts';
export { encodeHeaders, type HeaderPairs } from './http2/hpack/header-encoder.ts';
export type { HeaderField } from './http2/hpack/static-table.ts';
export {
  ConnectionError, ErrorCode, Flag, FRAME_BYTES_MAX, FRAME_HEAD_BYTES, FrameType, PREFACE, Setting, settingsPayload, TABLE_BYTES_DEFAULT, uint32, WINDOW_BYTES_DEFAULT, WINDOW_BYTES_MAX,
} from './http2/protocol.ts';
export { SendQueue } from './http2/send-queue.ts';
export { unpadded } from './http2/unpadded.ts';
