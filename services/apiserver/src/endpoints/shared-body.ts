/**
 * The body of the last large list of a resource, shared by all who ask for the same while somebody still holds it: many clients list
 * everything at once after a server went away. Weak, so that nobody pays for a list that is not being sent.
 */
export class SharedBody {
  #name = '';
  #body: WeakRef<readonly Buffer[]> | undefined;

  /** The body called `name`, which says everything that it depends on; made by `make` when nobody holds it. Small ones are not worth sharing. */
  get(name: string, make: () => Buffer | readonly Buffer[]): Buffer | readonly Buffer[] {
    const known = name === this.#name ? this.#body?.deref() : undefined;
    if (known !== undefined) return known;
    const body = make();
    if (Buffer.isBuffer(body)) return body;
    this.#name = name;
    this.#body = new WeakRef(body);
    return body;
  }
}
