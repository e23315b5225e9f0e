import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadPackageDefinition, type GrpcObject, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoFile } from '../cri/proto-file.ts';
import type { CallRequest, CallResponse, LeaseHold, LeaseState, WatchFrame } from './messages.ts';

/** Method names as grpc-js' `addService` and `Client` want them, with the messages that cross. */
export interface ControlPlaneMethods {
  Call: { request: CallRequest; response: CallResponse };
  Watch: { request: CallRequest; response: WatchFrame };
  HoldLease: { request: LeaseHold; response: LeaseState };
}

/** One list of up to this many bytes may cross as one message. */
export const MESSAGE_BYTES_MAX: number = 512 * 1024 * 1024;

let loaded: ServiceClientConstructor | undefined;

/** The client class of the service, from which both ends take their method definitions. Read from proto/ once. */
export function controlPlaneConstructor(): ServiceClientConstructor {
  loaded ??= load();
  return loaded;
}

/** For `server.addService`. */
export function controlPlaneService(): ServiceDefinition {
  return controlPlaneConstructor().service;
}

function load(): ServiceClientConstructor {
  const file = protoFile('controlplane/v1/controlplane.proto');
  const tree = loadPackageDefinition(loadSync(file, { keepCase: false, longs: Number, enums: String, defaults: true }));
  const scope = ['kubernode', 'controlplane', 'v1'].reduce<GrpcObject>((at, name) => at[name] as GrpcObject, tree); // packages of the file just read
  return scope['ControlPlane'] as ServiceClientConstructor; // the file's only service
}
