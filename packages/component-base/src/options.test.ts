import { describeOptions, nearestName, optionTable, parseDuration, parseOptions, readFlagFile, UsageError, UserError } from './options.ts';

const table = optionTable({
  name: { kind: 'string', help: 'a name' },
  port: { kind: 'int', default: 80, help: 'a port', placeholder: 'PORT' },
  rate: { kind: 'float', default: 0.1, help: 'how fast' },
  verbose: { kind: 'boolean', default: false, help: 'say more' },
  hosts: { kind: 'list', default: [], help: 'hosts' },
  labels: { kind: 'map', default: {}, help: 'labels' },
  wait: { kind: 'duration', default: 1500, help: 'how long' },
  old: { kind: 'string', ignored: 'was for another time', help: '' },
  trial: { kind: 'string', bare: 'client', help: 'only try' },
});

test.each([
  [[], { name: undefined, port: 80, verbose: false, hosts: [], labels: {}, wait: 1500, old: undefined }],
  [['--name', 'a', '--port=8080'], { name: 'a', port: 8080 }],
  [['-name=a=b', '-port', '1'], { name: 'a=b', port: 1 }],
  [['--name=', '--port=-1'], { name: '', port: -1 }],
  [['--rate=.5'], { rate: 0.5 }],
  [['--rate', '1e-2'], { rate: 0.01 }],
  [['--verbose'], { verbose: true }],
  [['--verbose=false'], { verbose: false }],
  [['--verbose', '--no-verbose'], { verbose: false }],
  [['--hosts=a,b', '--hosts', 'c'], { hosts: ['a', 'b', 'c'] }],
  [['--labels=a=1,b=x=y', '--labels=a=2'], { labels: { a: '2', b: 'x=y' } }],
  [['--wait=1m30s'], { wait: 90_000 }],
  [['--old=x'], { old: 'x' }],
  [['--trial', '--port', '1'], { trial: 'client', port: 1 }],
  [['--trial=server'], { trial: 'server' }],
])('parseOptions of %j', (args, expected) => { expect(parseOptions(table, args).options).toMatchObject(expected); });

test('parseOptions gives what is no flag as positionals, after -- everything', () => {
  expect(parseOptions(table, ['a', '--verbose', '-', 'b', '--', '--port', 'x']).positionals).toEqual(['a', '-', 'b', '--port', 'x']);
});

test.each([
  [['--prot=1'], 'unknown flag: --prot (did you mean --port?)'],
  [['--entirely-unlike'], 'unknown flag: --entirely-unlike'],
  [['--constructor=x'], 'unknown flag: --constructor'],
  [['--no-name'], 'unknown flag: --no-name'],
  [['--port'], 'flag needs an argument: --port'],
  [['--port=80x'], 'invalid value "80x" for --port: want a whole number'],
  [['--rate=fast'], 'invalid value "fast" for --rate: want a number'],
  [['--verbose=maybe'], 'invalid value "maybe" for --verbose: want true or false'],
  [['--labels=a'], 'invalid value "a" for --labels: want key=value'],
  [['--wait=5'], 'invalid value "5" for --wait: want a duration such as 1m30s or 500ms'],
])('parseOptions refuses %j', (args, message) => {
  expect(() => parseOptions(table, args)).toThrow(UsageError);
  expect(() => parseOptions(table, args)).toThrow(message);
});

test.each([['0', 0], ['1h15m', 4_500_000], ['1.5s', 1500], ['-2s', -2000], ['250ms', 250], ['1us', 0.001], ['', undefined], ['1', undefined], ['s', undefined], ['1s2', undefined], ['1d', undefined]])('parseDuration of %j is %p', (text, ms) => { expect(parseDuration(text)).toBe(ms); });

test('describeOptions shows flags in a column, defaults where they say something, and none that is ignored', () => {
  expect(describeOptions(table).split('\n')).toEqual([
    '  --name STRING     a name', '  --port PORT       a port (default 80)', '  --rate FLOAT      how fast (default 0.1)', '  --verbose         say more', '  --hosts LIST      hosts', '  --labels MAP      labels', '  --wait DURATION   how long (default 1.5s)',
    '  --trial[=STRING]  only try',
  ]);
});

test('nearestName is near or nothing', () => {
  expect([nearestName('aply', ['apply', 'delete']), nearestName('x', ['apply'])]).toEqual(['apply', undefined]);
});

test('readFlagFile names the flag and the file that cannot be read', () => {
  expect(() => readFlagFile('token-file', '/no/such/file')).toThrow(UserError);
  expect(() => readFlagFile('token-file', '/no/such/file')).toThrow('--token-file: cannot read /no/such/file: ENOENT');
});
