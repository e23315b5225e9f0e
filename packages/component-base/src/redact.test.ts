import { hasSecretName, redactText, redactValue } from './redact.ts';

const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl';

describe('redactText', () => {
  test.each([
    ['authorization: Bearer s3cr3t-token-of-mine', 'authorization: Bearer [redacted]'],
    [`token ${JWT} expired`, 'token [redacted] expired'],
    ['bootstrap abcdef.0123456789abcdef is unknown', 'bootstrap [redacted] is unknown'],
    ['GET https://me:hunter2@etcd:2379/x', 'GET https://[redacted]@etcd:2379/x'],
    ['/exec?container=c&access_token=abc123&tty=1', '/exec?container=c&access_token=[redacted]&tty=1'],
    ['run --db-password=hunter2 --token abc', 'run --db-password=[redacted] --token [redacted]'],
    ['-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----\nrest', '[redacted]\nrest'],
    ['-----BEGIN PRIVATE KEY-----\nMHc', '[redacted]'],
  ])('%j becomes %j', (text, expected) => { expect(redactText(text)).toBe(expected); });

  test.each(['invalid bearer token', '/api/v1/pods?fieldSelector=spec.nodeName=a&limit=500', 'https://etcd:2379', 'dial tcp 10.0.0.1:443: connect: connection refused', 'v1.36.2', 'Basic', '--token-auth-file=/etc/tokens --tls-private-key-file=/k', 'a token --flag'])('%j stays', (text) => { expect(redactText(text)).toBe(text); });
});

test.each([['password', true], ['DB_PASSWORD', true], ['apiToken', true], ['AWS_SECRET_ACCESS_KEY', true], ['authorization', true], ['GITHUB_TOKEN', true], ['secret', false], ['tokens', false], ['key', false], ['PATH', false], ['secretName', false]])('hasSecretName(%j) is %p', (name, expected) => { expect(hasSecretName(name)).toBe(expected); });

test('redactValue goes into objects and lists and leaves the given one as it is', () => {
  const given = { error: `refused ${JWT}`, password: 'x', list: [{ clientSecret: 'y', n: 1 }], none: null };
  expect(redactValue(given)).toEqual({ error: 'refused [redacted]', password: '[redacted]', list: [{ clientSecret: '[redacted]', n: 1 }], none: null });
  expect(given.password).toBe('x');
});
