import { systemClock } from '@kubernode/base';
import { openCriChannel } from '@kubernode/rpc';
import { Registry } from 'prom-client';
import type { CriRuntime } from '../src/cri/cri-runtime.ts';
import { createGrpcCriRuntime } from '../src/cri/grpc-cri-runtime.ts';
import { createNodeMetrics } from '../src/metrics.ts';
import { startContainerd, type TestContainerd } from './containerd.ts';
import { criContract } from './cri-contract.ts';

let containerd: TestContainerd;
let runtime: CriRuntime;

beforeAll(async () => {
  containerd = await startContainerd('/tmp/na/contract');
  runtime = createGrpcCriRuntime({ channel: openCriChannel(containerd.socket, { clock: systemClock }), clock: systemClock, metrics: createNodeMetrics(new Registry()) });
}, 30_000);

afterAll(async () => {
  runtime.close();
  await containerd.stop();
}, 30_000);

criContract('containerd', () => runtime);
