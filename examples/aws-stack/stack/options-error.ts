import type { z } from 'zod';

/** What is wrong with the configuration, in one sentence that begins with the option's name. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}

/** The first complaint only: one sentence is read, ten are not. */
export function sentenceOf({ issues }: z.ZodError, given: unknown): string {
  const [issue] = issues;
  if (issue === undefined) return 'The configuration cannot be read.';
  const where = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const option = [...issue.path, issue.keys[0]].map(String).join('.');
    return `${option} is not an option; the README lists those that are.`;
  }
  if (issue.code === 'invalid_key') return `${where} ${issue.issues[0]?.message ?? 'is not a name'}.`;
  if (where === '') return 'The configuration must be a JSON object.';
  if (valueAt(given, issue.path) === undefined) return `${where} is missing.`;
  const problem = issue.message.startsWith('must') ? issue.message : 'must be an object';
  return `${where} ${problem}.`;
}

const valueAt = (given: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, name) => (value as Record<PropertyKey, unknown> | undefined)?.[name], given);
