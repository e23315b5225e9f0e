import { parseEnvFile } from './parse-env-file.ts';

test.each([
  ["A='1'\nB='2'", 'B', '2'],
  ["# c\n\n  A='x y' # why\n", 'A', 'x y'],
  ["A='one\ntwo'\nB='3'", 'A', 'one\ntwo'],
  ["A='one\ntwo'\nB='3'", 'B', '3'],
  ["A= 'gone'\nB='2'", 'A', ''],
  ["A='1'", 'Z', ''],
  ['', 'A', ''],
])('parseEnvFile: %j has %s = %j', (text, key, want) => { expect(parseEnvFile(text, key)).toBe(want); });

test.each(['A', 'A=1', "A ='1'", "='1'", "A='1", "A='1' b"])('parseEnvFile refuses %j', (text) => { expect(() => parseEnvFile(text, 'B')).toThrow("couldn't parse env file"); });
