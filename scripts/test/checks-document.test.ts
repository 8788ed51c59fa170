import { expect, test } from 'vitest';
import { CHECKS_DOCUMENT, checksDocument } from '../lib/checks-document.ts';
import { readText } from '../lib/repository.ts';

test('the list of checks is the one that the code has; pnpm docs:checks writes it', () => {
  expect(readText(CHECKS_DOCUMENT)).toBe(checksDocument());
});
