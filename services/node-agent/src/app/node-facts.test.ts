import { silentLogger } from '@kubernode/component-base';
import { CriError } from '@kubernode/rpc';
import { createFakeClock } from '@kubernode/testing';
import type { NodeConfig } from './node-config.ts';
import { readNodeFacts } from './node-facts.ts';

/** As much of a configuration as is looked at. */
const config = { rootDir: '/tmp', nodeIp: '10.0.0.1', nodeName: 'one', server: { port: 10_250 } } as unknown as NodeConfig;

async function start(failures: number): Promise<string> {
  const clock = createFakeClock();
  let asked = 0;
  const runtime = { version: () => (asked++ < failures ? Promise.reject(new CriError('UNAVAILABLE', 'connect ECONNREFUSED /run/runtime.sock')) : Promise.resolve({ name: 'fake', version: 'v1' })) };
  let outcome: string | undefined;
  readNodeFacts(config, { runtime, clock, logger: silentLogger, signal: new AbortController().signal }).then(({ runtimeVersion }) => { outcome = runtimeVersion; }, (error: unknown) => { outcome = String(error); });
  while (outcome === undefined) { await new Promise(setImmediate); await clock.advance(500); } // between two looks files are read, which takes as long as it takes
  return outcome;
}

test('a node that starts before its runtime waits for it', async () => {
  expect(await start(20)).toBe('fake://1');
});

test('one whose runtime never answers says so', async () => {
  expect(await start(Infinity)).toContain('no answer from the container runtime: connect ECONNREFUSED /run/runtime.sock');
});
