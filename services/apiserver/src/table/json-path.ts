/** Finds the first value that a path leads to; undefined when there is none. */
export type JsonPath = (root: unknown) => unknown;

type Step =
  | { kind: 'field'; name: string }
  | { kind: 'index'; index: number }
  | { kind: 'all' }
  | { kind: 'filter'; path: readonly Step[]; operator: '==' | '!=' | undefined; value: unknown };

/**
 * Compiles the part of JSONPath that columns of custom resources use: fields (`.a.b`, `['a.b']`), indices (`[0]`, `[-1]`), `[*]` and
 * filters by comparison (`[?(@.type=="Ready")]`). undefined for text that is no such path.
 */
export function compileJsonPath(text: string): JsonPath | undefined {
  const steps = parseSteps(text.replace(/^\$/, ''));
  return steps && ((root) => follow(root, steps)[0]);
}

function parseSteps(text: string): Step[] | undefined {
  const steps: Step[] = [];
  let rest = text;
  while (rest !== '') {
    const match = FIELD.exec(rest) ?? QUOTED.exec(rest) ?? INDEX.exec(rest) ?? FILTER.exec(rest);
    const step = match === null ? undefined : stepOf(match);
    if (match === null || step === undefined) return undefined;
    steps.push(step);
    rest = rest.slice(match[0].length);
  }
  return steps;
}

const FIELD = /^\.(?<field>(?:[^.[\]\\]|\\.)+)/;
const QUOTED = /^\[(?<quote>['"])(?<quoted>.*?)\k<quote>\]/;
const INDEX = /^\[(?<index>-?\d+|\*)\]/;
const FILTER = /^\[\?\(@(?<path>(?:\.[\w\\./-]+|\[[^\]]*\])+)\s*(?:(?<operator>==|!=)\s*(?<value>"[^"]*"|'[^']*'|[\w.-]+))?\s*\)\]/;

function stepOf(match: RegExpExecArray): Step | undefined {
  const { field, quoted, index, path, operator, value } = match.groups ?? {};
  if (field === '*' || index === '*') return { kind: 'all' };
  if (field !== undefined) return { kind: 'field', name: field.replace(/\\(.)/g, '$1') };
  if (quoted !== undefined) return { kind: 'field', name: quoted };
  if (index !== undefined) return { kind: 'index', index: Number(index) };
  const steps = path === undefined ? undefined : parseSteps(path);
  return steps && { kind: 'filter', path: steps, operator: operator as '==' | '!=' | undefined, value: value === undefined ? undefined : literal(value) }; // the pattern admits no other operator
}

function literal(text: string): unknown {
  if (/^['"]/.test(text)) return text.slice(1, -1);
  if (text === 'true' || text === 'false') return text === 'true';
  return Number.isNaN(Number(text)) ? text : Number(text);
}

function follow(root: unknown, steps: readonly Step[]): unknown[] {
  let values: unknown[] = [root];
  for (const step of steps) values = values.flatMap((value) => take(value, step));
  return values;
}

function take(value: unknown, step: Step): unknown[] {
  switch (step.kind) {
    case 'field': return isObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case 'index': return Array.isArray(value) && value.at(step.index) !== undefined ? [value.at(step.index)] : [];
    case 'all': return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
    case 'filter': return Array.isArray(value) ? value.filter((element) => passes(element, step)) : [];
  }
}

function passes(element: unknown, { path, operator, value }: Extract<Step, { kind: 'filter' }>): boolean {
  const found = follow(element, path);
  if (operator === undefined) return found.length > 0;
  return found.length > 0 && (found[0] === value) === (operator === '==');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
