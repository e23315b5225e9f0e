type WordKind = 'number' | 'upper' | 'alphabet' | 'connector' | 'punctuation' | 'other';
interface Word { kind: WordKind; text: string }

const is = {
  connector: (c: string): boolean => /^[-_\s\u0085]$/u.test(c),
  punctuation: (c: string): boolean => /^\p{P}$/u.test(c),
  upper: (c: string): boolean => /^\p{Lu}$/u.test(c),
  /** A letter of a script that has cases. */
  alphabet: (c: string): boolean => /^\p{L}$/u.test(c) && (c.toLowerCase() !== c.toUpperCase()),
  number: (c: string): boolean => /^\p{N}$/u.test(c),
};

/** `HTTPServer2xx` as `http_server_2xx`: sprig's snakecase and kebabcase. */
export function delimitedCase(text: string, connector: string): string {
  const words = wordsOf(text);
  const out: string[] = [];
  let i = 0;
  const at = (): Word | undefined => words[i];
  const write = (word: Word): void => { out.push(word.kind === 'upper' || word.kind === 'connector' ? Array.from(word.text, (c) => (is.connector(c) ? connector : c.toLowerCase())).join('') : word.text); };
  const writeRun = (): void => { for (let word = at(); word?.kind === 'alphabet' || word?.kind === 'number'; word = at()) { write(word); i++; } };
  const joins = (word: Word | undefined): boolean => word !== undefined && word.kind !== 'connector' && word.kind !== 'punctuation';
  while (i < words.length - 1) {
    const word = words[i++];
    if (word === undefined) break;
    if (word.kind === 'number') {
      write(word);
      writeRun();
      if (joins(at())) out.push(connector);
    } else if (word.kind === 'connector' || word.kind === 'punctuation') {
      write(word);
    } else {
      write(word);
      const next = at();
      if (next?.kind !== 'number') { if (joins(next)) out.push(connector); continue; }
      if (i === words.length - 1) continue;
      const number = next;
      i++;
      if (at()?.kind !== 'alphabet') { // a number belongs to the word before it
        write(number);
        if (joins(at())) out.push(connector);
        continue;
      }
      out.push(connector);
      write(number);
      writeRun();
      if (joins(at())) out.push(connector);
    }
  }
  const last = at();
  if (last !== undefined) write(last);
  return out.join('');
}

function wordsOf(text: string): Word[] {
  const characters = Array.from(text);
  const words: Word[] = [];
  let i = 0;
  const runWhile = (start: number, test: (c: string) => boolean): number => { let end = start; while (end < characters.length && test(characters[end] ?? '')) end++; return end; };
  while (i < characters.length) {
    const c = characters[i] ?? '';
    let kind: WordKind = 'other';
    let end = i + 1;
    const isLower = (one: string): boolean => is.alphabet(one) && !is.upper(one);
    if (is.connector(c)) { kind = 'connector'; end = runWhile(end, is.connector); }
    else if (is.punctuation(c)) { kind = 'punctuation'; end = runWhile(end, is.punctuation); }
    else if (is.upper(c)) {
      kind = 'upper';
      if (is.upper(characters[end] ?? '')) {
        end = runWhile(end, is.upper);
        if (isLower(characters[end] ?? '')) end--; // HTTPStatus: the S begins a word
      } else { end = runWhile(end, isLower); }
    } else if (is.alphabet(c)) { kind = 'alphabet'; end = runWhile(end, isLower); }
    else if (is.number(c)) { kind = 'number'; end = runWhile(end, is.number); }
    else { end = runWhile(end, (one) => !is.connector(one) && !is.alphabet(one) && !is.number(one) && !is.punctuation(one)); }
    words.push({ kind, text: characters.slice(i, end).join('') });
    i = end;
  }
  return words;
}

/** `foo_bar` as `FooBar`: sprig's camelcase. Of several connectors one goes; those at the ends stay; `HTTPServer` is `Httpserver`. */
export function camelCase(text: string): string {
  const characters = Array.from(text);
  const start = characters.findIndex((c) => !is.connector(c));
  if (start === -1) return text + (text.at(-1) ?? ''); // as sprig has it
  let out = characters.slice(0, start).join('');
  let current = characters[start] ?? '';
  let isRunOfUpper = is.upper(current);
  current = current.toUpperCase();
  for (const next of characters.slice(start + 1)) {
    const previous = current;
    current = next;
    if (is.connector(previous)) {
      if (is.connector(current)) { out += previous; continue; }
      isRunOfUpper = is.upper(current);
      current = current.toUpperCase();
      continue;
    }
    if (isRunOfUpper && is.upper(current)) current = current.toLowerCase();
    else isRunOfUpper = false;
    out += previous;
  }
  return out + current;
}

/** Upper case as lower, lower as upper. */
export function swapCase(text: string): string {
  return Array.from(text, (c) => (/^[\p{Lu}\p{Lt}]$/u.test(c) ? c.toLowerCase() : /^\p{Ll}$/u.test(c) ? c.toUpperCase() : c)).join('');
}
