/** One media range of an Accept header. */
export interface MediaRange {
  /** `type/subtype`; only lower case is known to clients and server alike. */
  type: string;
  parameters: ReadonlyMap<string, string>;
}

/** The ranges of an Accept header, the most wanted first; ranges of the same weight keep the client's order. */
export function parseAccept(header: string | undefined): MediaRange[] {
  if (header === undefined || header.trim() === '') return [{ type: '*/*', parameters: new Map() }];
  return header.split(',').map(parseRange)
    .map((range) => ({ range, weight: weightOf(range) }))
    .sort((a, b) => b.weight - a.weight)
    .map(({ range }) => range);
}

function parseRange(text: string): MediaRange {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  return { type: type === '*' ? '*/*' : type, parameters: new Map(rest.map(splitParameter).filter(([name, value]) => name !== '' && value !== '')) };
}

function splitParameter(parameter: string): [string, string] {
  const equals = parameter.indexOf('=');
  return equals < 0 ? [parameter, ''] : [parameter.slice(0, equals).trim(), parameter.slice(equals + 1).trim()];
}

function weightOf({ parameters }: MediaRange): number {
  const weight = Number(parameters.get('q') ?? 1);
  return Number.isNaN(weight) ? 1 : weight;
}
