import type { ChaosOptions } from './options.ts';
import type { FaultResult } from './run-fault.ts';
export function writeReport(_results: readonly FaultResult[], _options: ChaosOptions): string { return ''; }
