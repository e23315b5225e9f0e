export interface Series { readonly name: string; readonly points: readonly (readonly [number, number])[] }
export interface Panel { readonly title: string; readonly unit: string; readonly series: readonly Series[] }

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [900, 220, 60, 190, 30, 30];
const COLOURS = ['#1f77b4', '#d62728', '#2ca02c', '#9467bd', '#ff7f0e', '#8c564b', '#17becf', '#e377c2', '#7f7f7f', '#bcbd22', '#393b79', '#637939'];
const TICKS = 4;

/** Panels of lines over minutes, one below the other, as an SVG document. Pure. */
export function renderSvg(panels: readonly Panel[]): string {
  const body = panels.map((panel, i) => `<g transform="translate(0 ${i * HEIGHT})">${renderPanel(panel)}</g>`).join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT * panels.length}" font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="white"/>\n${body}\n</svg>\n`;
}

function renderPanel({ title, unit, series }: Panel): string {
  const all = series.flatMap(({ points }) => points);
  const [maxX, maxY] = [Math.max(1, ...all.map(([x]) => x)), niceAbove(Math.max(1, ...all.map(([, y]) => y)))];
  const x = (value: number): string => (LEFT + (value / maxX) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const y = (value: number): string => (HEIGHT - BOTTOM - (value / maxY) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  const ticks = Array.from({ length: TICKS + 1 }, (_, i) => i / TICKS);
  return [
    `<text x="${LEFT}" y="18" font-size="13">${escape(title)}, ${escape(unit)}</text>`,
    ...ticks.map((part) => `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(part * maxY)}" y2="${y(part * maxY)}" stroke="#ddd"/><text x="${LEFT - 6}" y="${y(part * maxY)}" text-anchor="end">${round(part * maxY)}</text>`),
    ...ticks.map((part) => `<text x="${x(part * maxX)}" y="${HEIGHT - 12}" text-anchor="middle">${round(part * maxX)} min</text>`),
    ...series.map(({ name, points }, i) => {
      const colour = COLOURS[i % COLOURS.length] ?? 'black';
      return `<polyline fill="none" stroke="${colour}" points="${points.map(([px, py]) => `${x(px)},${y(py)}`).join(' ')}"/><text x="${WIDTH - RIGHT + 10}" y="${TOP + 10 + i * 13}" fill="${colour}">${escape(name)}</text>`;
    }),
  ].join('\n');
}

/** The next of 1, 2 and 5 times a power of ten. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

const round = (value: number): string => String(Math.round(value * 10) / 10);
const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
