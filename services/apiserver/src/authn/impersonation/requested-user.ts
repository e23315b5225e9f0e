import { badRequest, goQuote } from '@kubernode/apimachinery';
import type { ApiRequest, UserInfo } from '../../pipeline/api-request.ts';
import { headersWithPrefix, headerValuesOf } from '../header-values.ts';

const EXTRA_PREFIX = 'impersonate-extra-';

/** The user that the Impersonate-* headers ask for; undefined when there are none. Throws 400 when they name no user. */
export function requestedUser(request: Pick<ApiRequest, 'headers' | 'headerValues'>): UserInfo | undefined {
  const { headers } = request;
  const name = firstValue(request, 'impersonate-user');
  const uid = firstValue(request, 'impersonate-uid');
  const groups = headerValuesOf(request, 'impersonate-group');
  if (name === '' && uid === '' && groups.length === 0 && !hasExtra(headers)) return undefined;
  const wanted: UserInfo = { name, uid, groups, extra: headersWithPrefix(request, EXTRA_PREFIX) };
  if (name === '') throw badRequest(`requested ${goText(wanted)} without impersonating a user name`);
  return wanted;
}

/** Of a header that was sent twice the first counts. */
function firstValue(request: Pick<ApiRequest, 'headers' | 'headerValues'>, name: string): string {
  const joined = request.headers[name];
  return joined === undefined ? '' : request.headerValues?.(name)[0] ?? joined;
}

function hasExtra(headers: ApiRequest['headers']): boolean {
  for (const name in headers) if (name.startsWith(EXTRA_PREFIX)) return true;
  return false;
}

/** The user as Go prints its struct. */
function goText({ name, uid, groups, extra }: UserInfo): string {
  const keys = Object.keys(extra).sort();
  const list = (values: readonly string[]): string => `[]string{${values.map((value) => goQuote(value)).join(', ')}}`;
  const groupsText = groups.length === 0 ? '[]string(nil)' : list(groups);
  const extraText = keys.length === 0 ? 'map[string][]string(nil)' : `map[string][]string{${keys.map((key) => `${goQuote(key)}:${list(extra[key] ?? [])}`).join(', ')}}`;
  return `&user.DefaultInfo{Name:${goQuote(name)}, UID:${goQuote(uid)}, Groups:${groupsText}, Extra:${extraText}}`;
}
