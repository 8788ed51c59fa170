import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/serve/config.ts';
import { ConfigError } from '../../src/serve/config-error.ts';

const read = (text: string) => readConfig('watch.yaml', text, async () => '');

async function refusal(text: string): Promise<string> {
  const error: unknown = await read(text).catch((thrown: unknown) => thrown);
  if (error instanceof ConfigError) return error.message;
  throw new Error('it was not refused', { cause: error });
}

test('a target has the group, note and runbook of its module, and its own go before', async () => {
  const { targets } = await read(`
modules:
  shop: { group: Stores, runbook: https://wiki.example.org/tills, note: Call 1234. }
targets:
  - { target: a.test, module: shop }
  - { target: b.test, module: shop, group: 2026, note: "Ask\\n  Anna." }
  - c.test
`);
  expect(targets.map(({ about }) => about)).toEqual([
    { group: 'Stores', runbook: 'https://wiki.example.org/tills', note: 'Call 1234.' },
    { group: '2026', runbook: 'https://wiki.example.org/tills', note: 'Ask Anna.' },
    undefined,
  ]);
});

test('the longest note and group that may be are taken', async () => {
  const { targets } = await read(
    `targets: [{ target: a.test, note: ${'n'.repeat(500)}, group: ${'g'.repeat(64)} }]`,
  );
  expect(targets[0]?.about?.note).toHaveLength(500);
});

describe('what a person could not read or must not follow is refused with its place:', () => {
  test.each([
    ['runbook: javascript:alert(1)', 'must be an http or https URL of at most 2000 characters.'],
    ['runbook: wiki.example.org', 'must be an http or https URL of at most 2000 characters.'],
    ['runbook: file:///etc/passwd', 'must be an http or https URL of at most 2000 characters.'],
    ['runbook: https:evil.test', 'must be an http or https URL of at most 2000 characters.'],
    [
      `runbook: https://a.test/${'x'.repeat(2_000)}`,
      'must be an http or https URL of at most 2000 characters.',
    ],
    [
      'runbook: https://me:secret@wiki.example.org/',
      'has a user name or password in it, which everybody who opens the page would see.',
    ],
    ['runbook: [https://a.test]', 'must be a text.'],
    [`note: ${'n'.repeat(501)}`, 'must have 1 to 500 characters.'],
    ['note: " "', 'must have 1 to 500 characters.'],
    [`group: ${'g'.repeat(65)}`, 'must have 1 to 64 characters.'],
  ])('%s', async (line, problem) => {
    const key = line.slice(0, line.indexOf(':'));
    const column = key.length + 7;
    expect(await refusal(`targets:\n  - target: a.test\n    ${line}\n`)).toBe(
      `watch.yaml, line 3, column ${column}: ${key} of entry 1 of targets ${problem}`,
    );
    expect(await refusal(`modules:\n  shop:\n    ${line}\n`)).toBe(
      `watch.yaml, line 3, column ${column}: ${key} of module "shop" ${problem}`,
    );
  });
});
