export function check(holds: boolean, sentence: string): void {
  if (!holds) throw new RangeError(sentence);
}

/** @param known the types that a value may have, by the names that there are; one left out is always right */
export function checkKnown(what: string, value: object, known: Readonly<Record<string, string[]>>): void {
  check(typeof value === 'object' && value !== null, `${what} must be an object, not ${value}.`);
  for (const [name, given] of Object.entries(value)) {
    const types = Object.hasOwn(known, name) ? known[name] : undefined;
    if (types === undefined) {
      throw new RangeError(`${what}: "${name}" is unknown; known are ${Object.keys(known).join(', ')}.`);
    }
    const fits = given === undefined || (given !== null && types.includes(typeof given));
    check(fits, `${what}: ${name} must be of type ${types.join(' or ')}, not ${given}.`);
  }
}

export function checkWhole(what: string, value: number, max: number): void {
  check(
    Number.isInteger(value) && value >= 0 && value <= max,
    `The ${what} must be a whole number from 0 to ${max}, not ${value}.`,
  );
}
