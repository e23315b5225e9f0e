import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { seededRng, systemClock } from '@kubernode/base';
import { createClient, type Client, type WatchedEvent } from '@kubernode/client';
import { silentLogger } from '@kubernode/component-base';
import { createFakeClock, FakeEtcd } from '@kubernode/testing';
import { startEmbeddedServer, type EmbeddedServer } from './embedded-server.ts';

const { configmaps } = coreV1Resources;

describe('startEmbeddedServer', () => {
  let etcd: FakeEtcd, server: EmbeddedServer, admin: Client, directory: string;
  const clientOf = (name: string, groups: readonly string[]): Client => createClient({ transport: server.transport({ name, groups }), userAgent: 'test', rng: seededRng(2) });
  const asAdmin = (): Client => clientOf('admin', ['system:masters']);

  beforeAll(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'embedded-'));
    etcd = new FakeEtcd({ clock: systemClock });
    server = await startEmbeddedServer({ etcd, flags: [`--cert-dir=${directory}`, '--authorization-mode=Node,RBAC'], clock: systemClock, rng: seededRng(1), logger: silentLogger });
    admin = asAdmin();
    while ((await admin.request({ method: 'GET', path: '/readyz' })).status !== 200) await systemClock.sleep(20);
  });
  afterAll(async () => {
    await server.stop();
    etcd.close();
    rmSync(directory, { recursive: true });
  });

  it('writes what another user may not', async () => {
    const made = await admin.create<coreV1.ConfigMap>(configmaps, { metadata: { name: 'a', namespace: 'default' }, data: { x: '1' } });
    expect(await admin.get(configmaps, { namespace: 'default', name: 'a' })).toEqual(made);
    await expect(clientOf('bob', []).get(configmaps, { namespace: 'default', name: 'a' })).rejects.toMatchObject({ code: 403 });
  });

  it('streams a watch until its reader leaves', async () => {
    const reading = new AbortController();
    const { metadata: { resourceVersion = '' } } = await admin.list(configmaps, { namespace: 'watched' });
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { type, object } of admin.watch<coreV1.ConfigMap>(configmaps, { namespace: 'default', resourceVersion, signal: reading.signal }) as AsyncIterable<WatchedEvent<coreV1.ConfigMap>>) {
        seen.push(`${type} ${object.metadata.name}`);
        if (seen.length === 2) return;
      }
    })();
    await admin.create(configmaps, { metadata: { name: 'b', namespace: 'default' } });
    await admin.delete(configmaps, { namespace: 'default', name: 'b' });
    await watching;
    expect(seen).toEqual(['ADDED b', 'DELETED b']);
  });

  it('refuses a watch of what is not there as an error of the client', async () => {
    const unknown = { ...configmaps, resource: 'nothings' };
    const events = admin.watch(unknown, { namespace: 'default', resourceVersion: '1', signal: new AbortController().signal });
    await expect((async () => { for await (const _event of events) throw new Error('an event'); })()).rejects.toMatchObject({ code: 404 });
  });

  it('dials nobody, so that time may be virtual', async () => {
    const clock = createFakeClock();
    const alone = await startEmbeddedServer({ etcd: new FakeEtcd({ clock }), flags: [`--cert-dir=${directory}`], clock, rng: seededRng(3), logger: silentLogger });
    await clock.advance(61_000); // what is done now and then is done once a minute or more often
    expect(process.getActiveResourcesInfo().filter((resource) => /Addr|TCP|TLS/.test(resource))).toEqual([]);
    await alone.stop();
  });

  it('holds a lease for as long as its stream lives', async () => {
    const leases = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases', kind: 'Lease', namespaced: true };
    await admin.create(leases, { metadata: { name: 'leader', namespace: 'default' }, spec: { holderIdentity: 'me', leaseDurationSeconds: 15, leaseTransitions: 3 } });
    const holding = new AbortController();
    const told: boolean[] = [];
    const over = server.transport({ name: 'admin', groups: ['system:masters'] }).holdLease?.({ namespace: 'default', lease: 'leader', holder: 'me', epoch: 3 }, { signal: holding.signal, onHeld: (held) => { told.push(held); holding.abort(); } });
    await over;
    expect(told).toEqual([true]);
    const fenced = (epoch: number): Promise<{ status: number }> => admin.request({ method: 'PUT', path: '/api/v1/namespaces/default/configmaps/a', contentType: 'application/json', body: Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { epoch: String(epoch) } })), fence: { namespace: 'default', lease: 'leader', holder: 'me', epoch } });
    expect((await fenced(3)).status).toBe(200);
    expect((await fenced(2)).status).toBe(409);
  });
});
