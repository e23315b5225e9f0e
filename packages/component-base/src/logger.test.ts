import { createLogger, type Logger } from './logger.ts';

function logged(verbosity: number, write: (logger: Logger) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLogger({ component: 'test', verbosity, destination: { write: (line) => { lines.push(line); } } }));
  return lines.map((line) => {
    const { time, ...rest } = JSON.parse(line) as Record<string, unknown>; // a line is one JSON object
    expect(String(time)).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    return rest;
  });
}

test('createLogger writes one JSON object a line with component, level, message and fields', () => {
  expect(logged(0, (logger) => { logger.info('started', { port: 80 }); logger.error('failed'); })).toEqual([{ level: 'info', component: 'test', port: 80, msg: 'started' }, { level: 'error', component: 'test', msg: 'failed' }]);
});

test('a child adds its fields to every line of its own', () => {
  expect(logged(0, (logger) => { logger.child({ pod: 'n/a' }).child({ container: 'c' }).warn('slow'); logger.warn('all'); })).toEqual([{ level: 'warn', component: 'test', pod: 'n/a', container: 'c', msg: 'slow' }, { level: 'warn', component: 'test', msg: 'all' }]);
});

test.each([[0, 1], [1, 1], [2, 2]])('verbosity %i shows %i of an info and a debug line', (verbosity, count) => {
  expect(logged(verbosity, (logger) => { logger.info('a'); logger.debug('b'); })).toHaveLength(count);
});

test('a change of the verbosity counts for children that are there already', () => {
  const lines: string[] = [];
  const logger = createLogger({ component: 'test', destination: { write: (line) => { lines.push(line); } } });
  const child = logger.child({ pod: 'a' });
  child.debug('before');
  logger.verbosity = 4;
  child.debug('after');
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['after']);
  expect(logger.verbosity).toBe(4);
});

test('--logging-format=text writes lines as klog does', () => {
  const lines: string[] = [];
  const logger = createLogger({ component: 'test', format: 'text', destination: { write: (line) => { lines.push(line); } } });
  logger.child({ pod: 'n/a' }).warn('not "ready"', { after: 3, why: ['x'] });
  expect(lines).toEqual([expect.stringMatching(/^W\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ test\] "not \\"ready\\"" pod="n\/a" after=3 why=\["x"\]\n$/)]);
});

test('no line carries what looks like a secret, not even one of a child', () => {
  expect(logged(0, (logger) => { logger.child({ token: 'abc' }).info('asked', { error: 'Bearer 0123456789 refused', nested: { password: 'p' } }); })).toEqual([{ level: 'info', component: 'test', token: '[redacted]', error: 'Bearer [redacted] refused', nested: { password: '[redacted]' }, msg: 'asked' }]);
});
