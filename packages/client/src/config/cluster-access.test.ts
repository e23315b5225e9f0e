import { seededRng, systemClock } from '@kubernode/base';
import { silentLogger, UsageError, type LoggingSettings } from '@kubernode/component-base';
import { Registry } from 'prom-client';
import type { Client } from '../client.ts';
import type { InformerFactory } from '../informer/informer-factory.ts';
import { accessCluster, type HostProcess } from './cluster-access.ts';
import type { ConnectionOptions } from './connection-options.ts';

const given = (named: Partial<ConnectionOptions> = {}): { connection: ConnectionOptions; component: string; logging: LoggingSettings; registry: Registry } => ({ connection: { 'server-grpc': [], ...named } as ConnectionOptions, component: 'dns', logging: { verbosity: 0, format: 'json' }, registry: new Registry() });
const bare: HostProcess = { args: [], clock: systemClock, rng: seededRng(1), signal: new AbortController().signal, logger: silentLogger };
const closed: string[] = [];
const host: HostProcess = { ...bare, client: { close: () => { closed.push('host'); } } as Partial<Client> as Client, informers: {} as InformerFactory };

test("accessCluster: shares the host's access, which it never closes", () => {
  const access = accessCluster(host, given());
  access.close();
  expect([access.client, access.informers, closed]).toEqual([host.client, host.informers, []]);
});

test('accessCluster: arguments that name a server win over the host', () => {
  const access = accessCluster(host, given({ master: 'https://127.0.0.1:1' }));
  expect(access.client).not.toBe(host.client);
  access.close();
});

test('accessCluster: without host and without arguments nobody knows the server', () => {
  expect(() => accessCluster(bare, given())).toThrow(UsageError);
});
