/** A header field as HPACK tables hold it. */
export interface HeaderField { readonly name: string; readonly value: string }

/** RFC 7541, appendix A: entry 1 and following. */
const ENTRIES = `:authority|:method=GET|:method=POST|:path=/|:path=/index.html|:scheme=http|:scheme=https|:status=200|:status=204|:status=206|:status=304
:status=400|:status=404|:status=500|accept-charset|accept-encoding=gzip, deflate|accept-language|accept-ranges|accept|access-control-allow-origin|age|allow
authorization|cache-control|content-disposition|content-encoding|content-language|content-length|content-location|content-range|content-type|cookie|date|etag
expect|expires|from|host|if-match|if-modified-since|if-none-match|if-range|if-unmodified-since|last-modified|link|location|max-forwards|proxy-authenticate
proxy-authorization|range|referer|refresh|retry-after|server|set-cookie|strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate`;

export const STATIC_TABLE: readonly HeaderField[] = ENTRIES.split(/[|\n]/).map((entry) => {
  const [name = '', value = ''] = entry.split('=');
  return { name, value };
});

/** Where a name stands in the table, counted from 1; the first place for names with several values. */
export const STATIC_NAMES: ReadonlyMap<string, number> = new Map(STATIC_TABLE.map(({ name }, index) => [name, index + 1] as const).reverse());
