/** Replaces `$(NAME)` by the variable's value; `$$` is a dollar sign, so `$$(NAME)` stays literal; unknown names stay as they are. */
export function expandVariables(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) => (name === undefined ? '$' : variables.get(name) ?? whole));
}
