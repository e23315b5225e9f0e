import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';

/** Replication controllers: the oldest workload, with a plain map as selector. */
export const replicationControllerStrategy: Strategy<coreV1.ReplicationController & KubeObject> = {};
