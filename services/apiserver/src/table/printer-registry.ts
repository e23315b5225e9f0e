import type { Printer } from './printer.ts';
import { autoscalingPrinters } from './printers/autoscaling.ts';
import { corePrinters } from './printers/core.ts';
import { metricsPrinters } from './printers/metrics.ts';
import { networkPrinters } from './printers/network.ts';
import { podPrinters } from './printers/pod.ts';
import { policyPrinters } from './printers/policies.ts';
import { storagePrinters } from './printers/storage.ts';
import { workloadPrinters } from './printers/workloads.ts';

const PRINTERS = new Map([...podPrinters, ...corePrinters, ...workloadPrinters, ...autoscalingPrinters, ...networkPrinters, ...storagePrinters, ...policyPrinters, ...metricsPrinters]
  .map((printer) => [`${printer.group}/${printer.resource}`, printer]));

/** The printer of a built-in resource; undefined for those that show name and creation time only. */
export function printerOf(group: string, resource: string): Printer | undefined {
  return PRINTERS.get(`${group}/${resource}`);
}
