import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadPackageDefinition, Server, ServerCredentials, status, type sendUnaryData, type ServerUnaryCall, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { systemClock } from '@kubernode/base';
import { openKmsService, type KmsService } from '../src/kms/kms-service.ts';

type Call = ServerUnaryCall<Record<string, unknown>, unknown>;
type Done = sendUnaryData<unknown>;

const contract = path.join(import.meta.dirname, '../../../proto/kms/v2/api.proto');
const { v2 } = loadPackageDefinition(loadSync(contract)) as unknown as { v2: { KeyManagementService: ServiceClientConstructor } }; // the file's one service

/** A plugin on a socket that gives back what it was asked. */
function startPlugin(address: string, requests: unknown[]): Promise<Server> {
  const server = new Server();
  const answer = (response: object) => ({ request }: Call, done: Done): void => { requests.push(request); done(null, response); };
  server.addService(v2.KeyManagementService.service, {
    Status: answer({ version: 'v2', healthz: 'ok', keyId: 'key-1' }),
    Encrypt: answer({ ciphertext: Buffer.from('sealed'), keyId: 'key-1', annotations: { 'a.example.com': Buffer.from('note') } }),
    Decrypt: (_: Call, done: Done) => { done({ code: status.INVALID_ARGUMENT, details: 'not mine' }); },
  });
  return new Promise((resolve, reject) => { server.bindAsync(address, ServerCredentials.createInsecure(), (error) => { if (error === null) resolve(server); else reject(error); }); });
}

describe('openKmsService', () => {
  let folder = '';
  const requests: unknown[] = [];
  const observed: string[] = [];
  const open = (endpoint: string, timeoutMs = 5_000): KmsService => openKmsService({ endpoint, timeoutMs, clock: systemClock, observe: (method, code) => observed.push(`${method} ${code}`) });
  beforeEach(async () => { folder = await mkdtemp(path.join(tmpdir(), 'kubernode-kms-')); requests.length = 0; observed.length = 0; });
  afterEach(() => rm(folder, { recursive: true }));

  test.each([['a file', (): string => `unix://${folder}/plugin.sock`, (): string => `unix://${folder}/plugin.sock`], ['a name without a file', (): string => `unix:///@kubernode-kms-test-${process.pid}`, (): string => `unix:\0kubernode-kms-test-${process.pid}`]])('speaks the contract through %s', async (_, endpoint, address) => {
    const plugin = await startPlugin(address(), requests);
    const service = open(endpoint());
    try {
      expect(await service.status()).toMatchObject({ version: 'v2', healthz: 'ok', keyId: 'key-1' });
      expect(await service.encrypt(Buffer.from('seed'), 'uid-1')).toEqual({ ciphertext: Buffer.from('sealed'), keyId: 'key-1', annotations: { 'a.example.com': Buffer.from('note') } });
      await expect(service.decrypt({ ciphertext: Buffer.from('x'), keyId: 'key-1', annotations: {} }, 'uid-2')).rejects.toMatchObject({ code: 'InvalidArgument', message: 'rpc error: code = InvalidArgument desc = not mine' });
      expect(requests[1]).toMatchObject({ plaintext: Buffer.from('seed'), uid: 'uid-1' });
      expect(observed).toEqual(['/v2.KeyManagementService/Status OK', '/v2.KeyManagementService/Encrypt OK', '/v2.KeyManagementService/Decrypt InvalidArgument']);
    } finally {
      service.close();
      plugin.forceShutdown();
    }
  });

  test('waits for a plugin that comes up in time, and not longer', async () => {
    const address = `unix://${folder}/late.sock`;
    const service = open(address);
    const impatient = open(address, 200);
    try {
      const waiting = service.status();
      await expect(impatient.status()).rejects.toMatchObject({ code: 'DeadlineExceeded' });
      const plugin = await startPlugin(address, requests);
      expect(await waiting).toMatchObject({ keyId: 'key-1' });
      plugin.forceShutdown();
    } finally {
      service.close();
      impatient.close();
    }
  });
});
