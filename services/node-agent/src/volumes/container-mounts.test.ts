import type { coreV1 } from '@kubernode/api';
import { readOnlyVolumes } from './claimed-volume.ts';
import { containerMounts } from './container-mounts.ts';

const pod = { spec: { volumes: [{ name: 'shared', persistentVolumeClaim: { claimName: 'c', readOnly: true } }, { name: 'own', persistentVolumeClaim: { claimName: 'd' } }] } } as coreV1.Pod;
const container = { name: 'main', volumeMounts: [{ name: 'shared', mountPath: '/shared' }, { name: 'own', mountPath: '/own' }, { name: 'own', mountPath: '/look', readOnly: true }] } as coreV1.Container;

test('containerMounts lets nobody write what the pod has for reading only', async () => {
  const mounts = await containerMounts({ container, volumes: new Map([['shared', '/v/shared'], ['own', '/v/own']]), readOnlyVolumes: readOnlyVolumes(pod), environment: new Map(), etcHosts: '/hosts', terminationLog: '/log' });
  expect(mounts.filter(({ containerPath }) => ['/shared', '/own', '/look'].includes(containerPath ?? '')).map(({ containerPath, readonly }) => [containerPath, readonly])).toEqual([['/shared', true], ['/own', false], ['/look', true]]);
});
