import { decodeContinue, encodeContinue } from './continue-token.ts';

const tokenOf = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('decodeContinue', () => {
  it('reads what encodeContinue writes', () => {
    expect(decodeContinue(encodeContinue('ns/name', 7))).toEqual({ revision: 7, startKey: 'ns/name\0' });
  });

  it('goes on behind the same key, with a slash before it or without', () => {
    expect(decodeContinue(tokenOf({ v: 'meta.k8s.io/v1', rv: -1, start: '/ns/name\0' }))).toEqual({ revision: -1, startKey: 'ns/name\0' });
  });

  it.each([
    ['a', 'illegal base64 data at input byte 0'], ['!!!', 'illegal base64 data at input byte 0'], ['YQ==', 'illegal base64 data at input byte 2'],
    ['YQ', "invalid character 'a' looking for beginning of value"],
    [tokenOf(null), 'server does not recognize this encoded version '], [tokenOf([]), 'json: cannot unmarshal array into Go value of type storage.continueToken'],
    [tokenOf(1), 'json: cannot unmarshal number into Go value of type storage.continueToken'], [tokenOf({ v: 1 }), 'json: cannot unmarshal number into Go struct field continueToken.v of type string'],
    [tokenOf({ v: 'meta.k8s.io/v1', rv: 1.5 }), 'json: cannot unmarshal number 1.5 into Go struct field continueToken.rv of type int64'],
    [tokenOf({ v: 'meta.k8s.io/v1' }), 'incorrect encoded start resourceVersion (version meta.k8s.io/v1)'], [tokenOf({ v: 'meta.k8s.io/v1', rv: 1 }), 'encoded start key empty (version meta.k8s.io/v1)'],
    [tokenOf({ v: 'meta.k8s.io/v1', rv: 1, start: '../secrets' }), '../secrets'],
  ])('refuses %s', (token, why) => {
    expect(() => decodeContinue(token)).toThrow(`invalid continue token: continue key is not valid: ${why}`);
  });
});
