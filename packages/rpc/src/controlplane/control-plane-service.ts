import { loadPackageDefinition, type GrpcObject, type ServiceClientConstructor, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoFile } from '../cri/proto-file.ts';

/** One list of up to this many bytes may cross as one message. */
export const MESSAGE_BYTES_MAX: number = 512 * 1024 * 1024;

let loaded: ServiceDefinition | undefined;

/** For `server.addService`. Read from proto/ once. */
export function controlPlaneService(): ServiceDefinition { return loaded ??= load(); }

function load(): ServiceDefinition {
  const file = protoFile('controlplane/v1/controlplane.proto');
  const tree = loadPackageDefinition(loadSync(file, { keepCase: false, longs: Number, enums: String, defaults: true }));
  const scope = ['kubernode', 'controlplane', 'v1'].reduce<GrpcObject>((at, name) => at[name] as GrpcObject, tree); // packages of the file just read
  return (scope['ControlPlane'] as ServiceClientConstructor).service; // the file's only service
}
