import { UserError } from '@kubernode/component-base';
import type { UserInfo } from '../pipeline/api-request.ts';
import { forApiAudiences, type TokenAuthenticator, UNKNOWN_TOKEN } from './token-authenticator.ts';

/** Tokens of --token-auth-file. The file is read once, at start. */
export function tokenFileAuthenticator(users: ReadonlyMap<string, UserInfo>, apiAudiences: readonly string[]): TokenAuthenticator {
  return {
    authenticate(token, audiences) {
      const user = users.get(token);
      return user === undefined ? UNKNOWN_TOKEN : forApiAudiences(user, apiAudiences, audiences);
    },
  };
}

/** Reads `token,user,uid[,"group1,group2"]` lines. Of two lines with one token the later holds. Throws a UserError that names the file. */
export function parseTokenFile(text: string, path: string): Map<string, UserInfo> {
  const users = new Map<string, UserInfo>();
  for (const record of parseCsv(text)) {
    if (record.length < 3) throw new UserError(`token file '${path}' must have at least 3 columns (token, user name, user uid), found ${record.length}`);
    const [token = '', name = '', uid = '', groups] = record;
    if (token !== '') users.set(token, { name, uid, groups: groups === undefined ? [] : groups.split(','), extra: {} });
  }
  return users;
}

/** Records of comma-separated fields; a field in double quotes may hold commas, line ends and doubled quotes. Blank lines are left out. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  let record: string[] = [];
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    if (match === null) throw new UserError('a quoted field of the token file is not closed');
    const [, quoted, plain = '', end] = match;
    record.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') { if (field.lastIndex === text.length) record.push(''); else continue; }
    if (record.length > 1 || record[0] !== '') records.push(record);
    record = [];
  }
  return records;
}
