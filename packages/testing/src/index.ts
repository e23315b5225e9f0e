/** Fakes and harnesses for tests only; nothing that ships imports this package. */
export { FakeEtcd, type FakeEtcdOptions, type FakeFault } from './fake-etcd.ts';
export { createMemoryStorage, createMemoryStore, labelsAndNames, type MemoryStorage, type MemoryStoreOptions } from './memory-object-store.ts';
export { createFakeClient, type FakeClient, type FakeClientOptions, type RecordedWrite } from './fake-client.ts';
export { freePort, startEtcd, type EtcdProcess, type EtcdProcessOptions } from './etcd-process.ts';
export { startEtcdCluster, type EtcdCluster, type EtcdClusterMember } from './etcd-cluster.ts';
export { Fixtures } from './fixtures.ts';
export { startControllers, type ControllerWorld, type ControllerWorldOptions } from './controller-world.ts';
export { createFakeClock, type FakeClock } from './fake-clock.ts';
