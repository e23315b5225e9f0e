import type { appsV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';

/** Replica sets: a number of pods of one template. */
export const replicaSetStrategy: Strategy<appsV1.ReplicaSet & KubeObject> = {};
