import { expect, test } from 'vitest';
import { failureOf } from '../../src/probes/aws/failure.ts';

test.each([
  [{ name: ['AccessDenied'], $metadata: { httpStatusCode: 400 } }],
  [{ name: { a: 1 }, message: ['x'], $metadata: { httpStatusCode: 403 } }],
  [{ name: 7, code: [], message: null }],
  [{ $metadata: { httpStatusCode: 'x' } }],
  [null],
  ['text'],
])('an error of whatever shape is data: %j', (error) => {
  const { outcome, code, detail } = failureOf(error, null);
  expect([typeof outcome, typeof code, typeof detail]).toEqual(['string', 'string', 'string']);
});
