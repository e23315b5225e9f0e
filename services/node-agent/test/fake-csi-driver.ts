import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadPackageDefinition, Server, ServerCredentials, status, type ServiceClientConstructor, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

export interface DriverCall { method: string; request: Record<string, unknown> }

export interface FakeCsiDriver extends AsyncDisposable {
  readonly calls: DriverCall[];
  /** What the node agent said of the registration. */
  readonly notified: { pluginRegistered: boolean; error: string }[];
  /** Refuses a method from now on; undefined lets it be again. */
  fail(method: string, fault: { code: keyof typeof status; message: string } | undefined): void;
}

export interface FakeCsiDriverOptions {
  name: string;
  /** Where the driver's own socket is put. */
  dir: string;
  registryDir: string;
  capabilities: readonly string[];
  topology?: Readonly<Record<string, string>>;
  volumesMax?: number;
  versions?: readonly string[];
}

type Handler = (request: Record<string, unknown>) => object;

/** A CSI driver whose volumes are file systems in memory: really mounted, so that what is left over is found. */
export async function startFakeCsiDriver(options: FakeCsiDriverOptions): Promise<FakeCsiDriver> {
  const { name, dir, registryDir, versions = ['1.0.0'] } = options;
  const calls: DriverCall[] = [];
  const notified: FakeCsiDriver['notified'] = [];
  const faults = new Map<string, { code: keyof typeof status; message: string }>();
  const recorded = (method: string, handler: Handler) => (call: ServerUnaryCall<Record<string, unknown>, object>, done: sendUnaryData<object>): void => {
    calls.push({ method, request: call.request });
    const fault = faults.get(method);
    if (fault !== undefined) { done({ code: status[fault.code], details: fault.message }); return; }
    try { done(null, handler(call.request)); } catch (error) { done({ code: status.INTERNAL, details: String(error) }); }
  };
  mkdirSync(dir, { recursive: true });
  const sockets = [path.join(dir, 'csi.sock'), path.join(registryDir, `${name}-reg.sock`)] as const;
  for (const socket of sockets) rmSync(socket, { force: true });
  const handlers = Object.fromEntries(Object.entries(nodeHandlers(options)).map(([method, handler]) => [method, recorded(method, handler)]));
  const node = await serve({ file: 'csi/v1/csi.proto', service: 'csi.v1.Node' }, sockets[0], handlers);
  const registration = await serve({ file: 'pluginregistration/v1/api.proto', service: 'pluginregistration.Registration' }, sockets[1], {
    GetInfo: recorded('GetInfo', () => ({ type: 'CSIPlugin', name, endpoint: sockets[0], supportedVersions: versions })),
    NotifyRegistrationStatus: recorded('NotifyRegistrationStatus', (request) => { notified.push(request as unknown as FakeCsiDriver['notified'][number]); return {}; }), // the contract's message
  });
  return {
    calls, notified,
    fail: (method, fault) => { if (fault === undefined) faults.delete(method); else faults.set(method, fault); },
    [Symbol.asyncDispose]: () => { for (const server of [node, registration]) server.forceShutdown(); for (const socket of sockets) rmSync(socket, { force: true }); return Promise.resolve(); },
  };
}

function nodeHandlers({ name, capabilities, topology, volumesMax = 0 }: FakeCsiDriverOptions): Record<string, Handler> {
  return {
    NodeGetInfo: () => ({ nodeId: `${name}-node`, maxVolumesPerNode: volumesMax, ...(topology && { accessibleTopology: { segments: topology } }) }),
    NodeGetCapabilities: () => ({ capabilities: capabilities.map((type) => ({ rpc: { type } })) }),
    NodeStageVolume: ({ stagingTargetPath, volumeCapability }) => {
      if ((volumeCapability as { mount?: unknown }).mount !== null) mountOnce(['-t', 'tmpfs', 'tmpfs', String(stagingTargetPath)], String(stagingTargetPath));
      return {};
    },
    NodeUnstageVolume: ({ stagingTargetPath }) => { unmount(String(stagingTargetPath)); return {}; },
    NodePublishVolume: ({ stagingTargetPath, targetPath, volumeCapability, readonly }) => {
      const target = String(targetPath);
      if ((volumeCapability as { block?: unknown }).block) { if (!existsSync(target)) writeFileSync(target, ''); mountOnce(['--bind', '/dev/null', target], target); return {}; }
      mkdirSync(target, { recursive: true });
      mountOnce(stagingTargetPath === '' ? ['-t', 'tmpfs', 'tmpfs', target] : ['--bind', ...(readonly === true ? ['-o', 'ro'] : []), String(stagingTargetPath), target], target);
      return {};
    },
    NodeUnpublishVolume: ({ targetPath }) => { unmount(String(targetPath)); removeTarget(String(targetPath)); return {}; },
    NodeGetVolumeStats: () => ({ usage: [{ unit: 'BYTES', total: 1000, used: 300, available: 700 }, { unit: 'INODES', total: 10, used: 3, available: 7 }] }),
    NodeExpandVolume: ({ capacityRange }) => ({ capacityBytes: (capacityRange as { requiredBytes: number }).requiredBytes }),
  };
}

function mountOnce(args: readonly string[], target: string): void { if (!isMounted(target)) execFileSync('mount', args); }
function unmount(target: string): void { if (isMounted(target)) execFileSync('umount', [target]); }
function isMounted(target: string): boolean { try { execFileSync('mountpoint', ['-q', target]); return true; } catch { return execFileSync('cat', ['/proc/self/mountinfo']).includes(` ${target} `); } } // a file is no mount point to the tool
function removeTarget(target: string): void { for (const remove of [rmdirSync, unlinkSync]) try { remove(target); return; } catch { /* the other kind, or gone */ } }

function serve({ file, service }: { file: string; service: string }, socket: string, handlers: object): Promise<Server> {
  const loaded = loadPackageDefinition(loadSync(path.join(import.meta.dirname, '../../../proto', file), { longs: Number, enums: String, defaults: true })) as unknown;
  const Service = service.split('.').reduce((scope, one) => (scope as Record<string, unknown>)[one], loaded) as ServiceClientConstructor; // packages nest by name
  const server = new Server();
  server.addService(Service.service, handlers as never); // one handler a method of the contract
  return new Promise((resolve, reject) => { server.bindAsync(`unix://${socket}`, ServerCredentials.createInsecure(), (error) => { if (error === null) resolve(server); else reject(error); }); });
}
