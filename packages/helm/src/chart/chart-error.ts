/** What is wrong with a chart or with the values that were given for it; the message is for its user. */
export class ChartError extends Error {
  override readonly name = 'ChartError';
}
