import type { Expectations } from './expectations.ts';

/** What an expectation is called where it was written: `expectIp` in a program, `--expect-ip` on a command line, `expect_ip` in a file. */
export type Spelling = (expectation: keyof Expectations) => string;

/** A sentence that names expectations. */
export type Wording = string | ((spell: Spelling) => string);

const AS_IN_THE_LIBRARY: Spelling = (expectation) => expectation;

const inWords = (wording: Wording, spell: Spelling): string =>
  typeof wording === 'string' ? wording : wording(spell);

/** What is wrong with a target or an expectation before anything is probed: one sentence, and one that says what to do. */
export class CheckInputError extends Error {
  readonly code = 'invalid_input';
  readonly hint: string;
  readonly #wordings: readonly [message: Wording, hint: Wording];

  constructor(message: Wording, hint: Wording) {
    super(inWords(message, AS_IN_THE_LIBRARY));
    this.name = 'CheckInputError';
    this.hint = inWords(hint, AS_IN_THE_LIBRARY);
    this.#wordings = [message, hint];
  }

  /** The same two sentences, with each expectation as its writer has written it. */
  spelled(spell: Spelling): { message: string; hint: string } {
    const [message, hint] = this.#wordings;
    return { message: inWords(message, spell), hint: inWords(hint, spell) };
  }
}
