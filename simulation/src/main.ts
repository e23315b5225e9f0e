// usage: tsx simulation/src/main.ts [SEED [HOURS [COUNT [CALM [VERBOSITY]]]]]: COUNT worlds from SEED on, each so many simulated hours with CALM minutes
// of peace after each round; ends with 1 at the first violation. With a verbosity, the processes log.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '@kubernode/base';
import { createLogger } from '@kubernode/component-base';
import { simulate } from './simulate.ts';

const [seed = 1, hours = 1, count = 1, calm = 0, verbosity] = process.argv.slice(2).map(Number);
const certDir = mkdtempSync(path.join(tmpdir(), 'simulation-'));
try {
  for (let one = seed; one < seed + count && process.exitCode === undefined; one++) {
    const startedMs = systemClock.monotonicNow();
    const { digest, revision, faults, violations, trace } = await simulate({ seed: one, hours, certDir, calmMs: calm * 60_000, ...(verbosity !== undefined && { logger: createLogger({ component: 'simulation', verbosity }) }) });
    process.stdout.write(`seed ${one}: ${hours} h, ${faults} faults, revision ${revision}, digest ${digest}, ${((systemClock.monotonicNow() - startedMs) / 1000).toFixed(1)} s\n`);
    if (violations.length === 0) continue;
    process.stdout.write(`${trace.join('\n')}\n\n${violations.join('\n')}\n`);
    process.exitCode = 1;
  }
} finally { rmSync(certDir, { recursive: true }); }
process.exit();
