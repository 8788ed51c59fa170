/** What a service of AWS answers in place of a result, by its name. */
export class Failure extends Error {
  readonly status: number;
  /** Further members of the answer, such as `CancellationReasons`. */
  readonly details: object;

  constructor(name: string, message = name, { status = 400, details = {} as object } = {}) {
    super(message);
    this.name = name;
    this.status = status;
    this.details = details;
  }
}
