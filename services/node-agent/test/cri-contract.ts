import { CriError, type cri } from '@kubernode/rpc';
import type { CriRuntime } from '../src/cri/cri-runtime.ts';
import { annotationKeys, labelKeys } from '../src/cri/labels.ts';
import { DEMO_IMAGE } from './images.ts';

/** What the node agent relies on in a runtime; holds for the fake and for the real one. */
export function criContract(name: string, open: () => CriRuntime): void {
  const uid = `contract-${name}`;
  const labels = { [labelKeys.podUid]: uid, [labelKeys.podName]: 'p', [labelKeys.podNamespace]: 'ns' };
  const sandboxConfig: cri.PodSandboxConfig = {
    metadata: { name: 'p', namespace: 'ns', uid, attempt: 3 }, hostname: 'p', labels, annotations: {}, logDirectory: `/tmp/na/contract-${name}`,
    linux: { cgroupParent: '/kncontract', securityContext: { namespaceOptions: { network: 'NODE', pid: 'CONTAINER', ipc: 'POD' } } },
  };
  const containerConfig: cri.ContainerConfig = {
    metadata: { name: 'c', attempt: 2 }, image: { image: DEMO_IMAGE, userSpecifiedImage: DEMO_IMAGE }, command: ['sh', '-c', 'trap "exit 0" TERM; sleep 100 & wait'], logPath: 'c.log',
    labels: { ...labels, [labelKeys.containerName]: 'c' }, annotations: { [annotationKeys.restartCount]: '2', [annotationKeys.containerHash]: 'abc' },
    envs: [{ key: 'A', value: Buffer.from('b') }], linux: { resources: {}, securityContext: { namespaceOptions: { network: 'NODE', pid: 'CONTAINER', ipc: 'POD' } } },
  };

  test(`${name}: a pod's life, as listings and statuses show it`, async () => {
    const runtime = open();
    const sandboxId = await runtime.runSandbox({ ...sandboxConfig, hostname: '' });
    expect(await runtime.listSandboxes({ podUid: uid })).toMatchObject([{ id: sandboxId, podUid: uid, podName: 'p', podNamespace: 'ns', attempt: 3, ready: true }]);
    expect(await runtime.sandboxStatus(sandboxId)).toMatchObject({ ready: true, hostNetwork: true, ips: [] });
    const id = await runtime.createContainer(sandboxId, containerConfig, sandboxConfig);
    expect(await runtime.listContainers({ podUid: uid })).toMatchObject([{ id, sandboxId, podUid: uid, name: 'c', phase: 'created', attempt: 2, hash: 'abc' }]);
    await runtime.startContainer(id);
    expect(await runtime.containerStatus(id)).toMatchObject({ phase: 'running', attempt: 2, annotations: { [annotationKeys.restartCount]: '2' } });
    expect(await runtime.exec(id, ['true'], { timeoutMs: 5000 })).toMatchObject({ exitCode: 0 });
    await runtime.stopContainer(id, 10);
    expect(await runtime.containerStatus(id)).toMatchObject({ phase: 'exited', exitCode: 0, reason: 'Completed' });
    await runtime.stopSandbox(sandboxId);
    expect((await runtime.listSandboxes({ podUid: uid }))[0]?.ready).toBe(false);
    await runtime.removeSandbox(sandboxId);
    expect([await runtime.listSandboxes({ podUid: uid }), await runtime.listContainers({ podUid: uid })]).toEqual([[], []]);
  }, 20_000);

  test(`${name}: what is gone can be stopped and removed again; its status is NOT_FOUND`, async () => {
    const runtime = open();
    await runtime.stopContainer('0000', 0);
    await runtime.removeContainer('0000');
    await runtime.stopSandbox('0000');
    await runtime.removeSandbox('0000');
    for (const ask of [() => runtime.containerStatus('0000'), () => runtime.sandboxStatus('0000')]) {
      const error: unknown = await ask().catch((reason: unknown) => reason);
      expect([error instanceof CriError, (error as CriError).code]).toEqual([true, 'NOT_FOUND']);
    }
  });

  test(`${name}: an image is there, or undefined`, async () => {
    const runtime = open();
    expect(await runtime.image(DEMO_IMAGE)).toMatchObject({ tags: [DEMO_IMAGE] });
    expect(await runtime.image('localhost/none:1')).toBeUndefined();
  });
}
