import { KmsError } from './kms-errors.ts';

/** The members of a request in the AWS JSON 1.1 protocol, not yet looked at. */
export type KmsInput = Readonly<Record<string, unknown>>;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** @throws KmsError SerializationException where the body is no JSON object. */
export const parseInput = (body: string): KmsInput => {
  try {
    const input: unknown = JSON.parse(body === '' ? '{}' : body);
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return { ...input };
  } catch {}
  throw new KmsError('SerializationException');
};

const violation = (what: string, member: string, constraint: string): KmsError =>
  new KmsError(
    'ValidationException',
    `1 validation error detected: Value ${what} at '${member.charAt(0).toLowerCase()}${member.slice(1)}' failed to satisfy constraint: ${constraint}`,
  );

export const invalidMember = (value: string, member: string, allowed: readonly string[]): KmsError =>
  violation(`'${value}'`, member, `Member must satisfy enum value set: [${allowed.join(', ')}]`);

export const optionalText = (input: KmsInput, member: string): string | undefined => {
  const value = input[member] ?? undefined;
  if (value !== undefined && typeof value !== 'string') {
    throw new KmsError('SerializationException', `Expected ${member} to be a string`);
  }
  return value;
};

/** @throws KmsError ValidationException where the member is missing or empty. */
export const text = (input: KmsInput, member: string): string => {
  const value = optionalText(input, member);
  if (value === undefined) throw violation('null', member, 'Member must not be null');
  if (value === '') {
    throw violation("''", member, 'Member must have length greater than or equal to 1');
  }
  return value;
};

/** @throws KmsError ValidationException where it is no whole number from `min` to `max`. */
export const integer = (
  input: KmsInput,
  member: string,
  { min, max, fallback }: { min: number; max: number; fallback: number },
): number => {
  const value = input[member] ?? fallback;
  if (typeof value !== 'number') {
    throw new KmsError('SerializationException', `Expected ${member} to be a number`);
  }
  if (!Number.isInteger(value) || value < min || value > max) {
    throw violation(`'${value}'`, member, `Member must be between ${min} and ${max}`);
  }
  return value;
};

/** The bytes of a base64 member, 1 to `max` of them. */
export const blob = (input: KmsInput, member: string, max: number): Buffer => {
  const encoded = text(input, member);
  if (!BASE64.test(encoded)) throw new KmsError('SerializationException', `${member} is not base64`);
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length > max) {
    throw violation('', member, `Member must have length less than or equal to ${max}`);
  }
  return bytes;
};
