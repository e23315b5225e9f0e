import type { batchV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';

/** Cron jobs: jobs by the clock. */
export const cronJobStrategy: Strategy<batchV1.CronJob & KubeObject> = {};
