import { logFault } from './log-answer.ts';

test.each([
  [400, 'previous terminated container "c" in pod "p" not found', { code: 400, reason: 'BadRequest', message: 'previous terminated container "c" in pod "p" not found' }],
  [404, 'pod "p" does not exist', { code: 404, reason: 'NotFound', message: 'the server could not find the requested resource ( pods/log p)', details: { name: 'p', kind: 'pods/log' } }],
  [500, 'broken', { code: 500, reason: 'InternalError', message: 'Internal error occurred: broken' }],
  [403, 'Forbidden (user=x)', { code: 403, reason: 'Forbidden', message: 'Forbidden (user=x) ( pods/log p)' }],
  [429, '', { code: 429, reason: 'TooManyRequests', message: 'the server has received too many requests and has asked us to try again later ( pods/log p)' }],
])('logFault: %i', (status, text, want) => { expect(logFault(status, text, 'p').toStatus()).toMatchObject(want); });
