export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws {Error} which ends the start of the function, so that a stack that forgot a variable is seen at once */
export function required(environment: Environment, name: string): string {
  const value = environment[name];
  if (!value) throw new Error(`The environment variable ${name} is missing.`);
  return value;
}
