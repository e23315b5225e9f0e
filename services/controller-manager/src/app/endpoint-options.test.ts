import { endpointFault } from './endpoint-options.ts';
import { parseManagerOptions } from './options.ts';

test.each<[string[], string | undefined]>([
  [[], undefined],
  [['--max-endpoints-per-slice=1000', '--concurrent-service-endpoint-syncs=50'], undefined],
  [['--max-endpoints-per-slice=0'], 'max-endpoints-per-slice must not be less than 1, but got 0'],
  [['--max-endpoints-per-slice=1001'], 'max-endpoints-per-slice must not be more than 1000, but got 1001'],
  [['--mirroring-max-endpoints-per-subset=2000', '--mirroring-concurrent-service-endpoint-syncs=51'], '[mirroring-concurrent-service-endpoint-syncs must not be more than 50, but got 51, mirroring-max-endpoints-per-subset must not be more than 1000, but got 2000]'],
])('the flags %j have the fault %j', (args, want) => {
  if (want === undefined) expect(endpointFault(parseManagerOptions(args))).toBeUndefined();
  else expect(() => parseManagerOptions(args)).toThrow(want);
});
