/** The value of an option that counts something; else the program ends with one sentence and exit code 2. */
export function wholeNumber<Name extends string>(values: Readonly<Record<Name, string>>, name: Name): number {
  const value = Number(values[name]);
  return Number.isInteger(value) && value > 0
    ? value
    : refuse(`--${name} must be a whole number from 1, not ${values[name]}.`);
}

export function refuse(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}
