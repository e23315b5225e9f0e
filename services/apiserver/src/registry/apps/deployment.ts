import type { appsV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';

/** Deployments: rollouts of replica sets. */
export const deploymentStrategy: Strategy<appsV1.Deployment & KubeObject> = {};
