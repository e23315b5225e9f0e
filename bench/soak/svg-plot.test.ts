import { renderSvg } from './svg-plot.ts';

test('renderSvg draws a line for each series, scaled to a round number above the highest value', () => {
  const svg = renderSvg([{ title: 'memory <all>', unit: 'MB', series: [{ name: 'a&b', points: [[0, 0], [10, 150]] }, { name: 'c', points: [[0, 200]] }] }]);
  expect(svg.match(/<polyline/g)).toHaveLength(2);
  expect(svg).toContain('points="60.0,190.0 710.0,70.0"');
  expect(svg).toContain('a&amp;b');
  expect(svg).toContain('memory &lt;all>');
});
