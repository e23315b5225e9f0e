/** Facts are large; typed as unknown so that the compiler does not infer a type from a quarter of a megabyte. */
declare module '*.json' {
  const value: unknown;
  export default value;
}
