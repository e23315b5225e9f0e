/** gRPC contracts of proto/ with their channels. Messages cross as plain objects; bodies as the bytes they are. */
export { controlPlaneConstructor, controlPlaneService, MESSAGE_BYTES_MAX, type ControlPlaneMethods } from './controlplane/control-plane-service.ts';
export type { CallRequest, CallResponse, Fence, LeaseHold, LeaseState, WatchFrame } from './controlplane/messages.ts';
export { CriError, openCriChannel, type CriCallOptions, type CriChannel, type CriErrorCode, type CriMethods } from './cri/cri-channel.ts';
export type * as cri from './cri/messages.ts';
