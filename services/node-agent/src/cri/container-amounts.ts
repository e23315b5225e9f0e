import { formatQuantity, quantityFromMilli, quantityFromNumber } from '@kubernode/apimachinery';
import type { cri } from '@kubernode/rpc';
import type { ContainerAmounts } from './cri-runtime.ts';

const SHARES_PER_CPU = 1024;
const SHARES_MIN = 2;

/** What a runtime tells of a container's control group, as quantities. */
export function toAmounts(linux: cri.LinuxContainerResources | null | undefined): ContainerAmounts | undefined {
  if (!linux) return undefined;
  const [period, quota, shares, memory] = [linux.cpuPeriod, linux.cpuQuota, linux.cpuShares, linux.memoryLimitInBytes].map((value) => Number(value ?? 0)) as [number, number, number, number]; // four in, four out
  const limits = { ...(period > 0 && quota > 0 && { cpu: milli(Math.floor((quota * 1000) / period)) }), ...(memory > 0 && { memory: formatQuantity(quantityFromNumber(memory, 'BinarySI')) }) };
  const requests = { ...(shares >= SHARES_MIN && { cpu: milli(Math.ceil((shares * 1000) / SHARES_PER_CPU)) }) };
  if (Object.keys(limits).length + Object.keys(requests).length === 0) return undefined;
  return { limits, requests };
}

function milli(value: number): string { return formatQuantity(quantityFromMilli(value)); }
