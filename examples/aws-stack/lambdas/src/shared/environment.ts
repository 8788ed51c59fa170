/** @throws {Error} which ends the start of the function, so that a stack that forgot a variable is seen at once */
export function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`The environment variable ${name} is missing.`);
  return value;
}
