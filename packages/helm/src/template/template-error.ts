/** What is wrong with a template's text, or what went wrong when it ran: `template: NAME:LINE:COLUMN: …`. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  /** Whether it was running, not being parsed. */
  readonly isExecution: boolean;

  constructor(message: string, { isExecution = false }: { isExecution?: boolean } = {}) {
    super(message);
    this.isExecution = isExecution;
  }
}

/** What a function says to its arguments; the template shows where it was called. */
export class FunctionError extends Error {
  override readonly name = 'FunctionError';
}
