import { endpointSliceMirroringController } from '../controllers/endpoint-slice-mirroring/endpoint-slice-mirroring-controller.ts';
import { mirrorMetrics } from '../controllers/endpoint-slice-mirroring/metrics.ts';
import { endpointSliceController } from '../controllers/endpoint-slices/endpoint-slice-controller.ts';
import { sliceMetrics } from '../controllers/endpoint-slices/metrics.ts';
import { endpointsController } from '../controllers/endpoints/endpoints-controller.ts';
import { serviceCidrController } from '../controllers/service-cidr/service-cidr-controller.ts';
import { serviceLbController } from '../controllers/service-lb/service-lb-controller.ts';
import type { Factory } from './controller-table.ts';

/** The controllers of Services' addresses, by the names that --controllers takes. */
export const endpointControllers: Readonly<Record<string, Factory>> = {
  'endpoints-controller': (options) => endpointsController({ batchMs: options['endpoint-updates-batch-period'] }),
  'endpointslice-controller': (options, { registry }) => endpointSliceController({ endpointsMax: options['max-endpoints-per-slice'], batchMs: options['endpointslice-updates-batch-period'], metrics: sliceMetrics(registry) }),
  'endpointslice-mirroring-controller': (options, { registry }) => endpointSliceMirroringController({ metrics: mirrorMetrics(registry), addressesMax: options['mirroring-max-endpoints-per-subset'], batchMs: options['mirroring-endpointslice-updates-batch-period'] }),
  'service-cidr-controller': () => serviceCidrController,
  'service-lb-controller': (options) => ((options['cloud-provider'] ?? '') === '' ? serviceLbController : undefined),
};
