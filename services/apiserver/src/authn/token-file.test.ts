import { parseTokenFile, tokenFileAuthenticator } from './token-file.ts';

describe('parseTokenFile', () => {
  it.each<[string, string, object]>([
    ['lines with and without groups', 't1,admin,u1,"system:masters,x"\nt2,bob,u2\n', { t1: { name: 'admin', uid: 'u1', groups: ['system:masters', 'x'], extra: {} }, t2: { name: 'bob', uid: 'u2', groups: [], extra: {} } }],
    ['blank lines, CRLF and no last line end', '\r\nt,a,u\r\n\r\ns,b,v', { t: { name: 'a', uid: 'u', groups: [], extra: {} }, s: { name: 'b', uid: 'v', groups: [], extra: {} } }],
    ['doubled quotes and line ends in quotes', '"t""1","a\nb",u', { 't"1': { name: 'a\nb', uid: 'u', groups: [], extra: {} } }],
    ['the later of two lines with one token', 't,a,u\nt,b,v', { t: { name: 'b', uid: 'v', groups: [], extra: {} } }],
    ['no user for an empty token', ',a,u', {}],
    ['an empty list of groups as the empty group', 't,a,u,""', { t: { name: 'a', uid: 'u', groups: [''], extra: {} } }],
    ['an empty last field', 't,a,', { t: { name: 'a', uid: '', groups: [], extra: {} } }],
  ])('reads %s', (_name, text, users) => {
    expect(Object.fromEntries(parseTokenFile(text, 'f'))).toEqual(users);
  });

  it('names the file of a line with too few fields', () => {
    expect(() => parseTokenFile('t,a\n', '/x.csv')).toThrow("token file '/x.csv' must have at least 3 columns (token, user name, user uid), found 2");
  });
});

it('tokenFileAuthenticator accepts tokens for the API alone', () => {
  const user = { name: 'a', uid: '', groups: [], extra: {} };
  const authenticator = tokenFileAuthenticator(new Map([['t', user]]), ['api']);
  expect([authenticator.authenticate('t', ['api', 'x']), authenticator.authenticate('t', ['x']), authenticator.authenticate('s', ['api'])])
    .toEqual([{ kind: 'user', user, audiences: ['api'] }, { kind: 'unknown' }, { kind: 'unknown' }]);
});
