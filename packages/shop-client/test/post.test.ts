import { describe, expect, test } from 'vitest';
import type { Answer, Failure, PostResult } from '../src/core/outcome.ts';
import { postUntilSettled } from '../src/post.ts';
import type { SealedMessage } from '../src/sealed.ts';

const message: SealedMessage = { id: 'sale-1', protocol: 1, body: '{"shop_id":"AMIS1"}' };
const answer = (statusCode: number, more: Partial<Answer> = {}): Answer => ({
  kind: 'answer',
  statusCode,
  content: statusCode === 200 ? '"OK"' : '',
  ...more,
});
const failure = (reason: Failure['reason']): Failure => ({
  kind: 'failure',
  reason,
  detail: 'E',
  cause: undefined,
});

/** Posts against these results, one after another, without waiting between them. */
async function postAgainst(
  results: PostResult[],
  { maxAttempts = 5, signal }: { maxAttempts?: number; signal?: AbortSignal } = {},
) {
  const posted: SealedMessage[] = [];
  const transport = {
    post: async (sent: SealedMessage) => {
      posted.push(sent);
      return results[posted.length - 1] ?? answer(200);
    },
    probe: async () => answer(403),
  };
  const url = 'https://api.retsema.eu/shop';
  const settled = await postUntilSettled(message, { transport, url, maxAttempts, random: () => 0 }, signal);
  return { ...settled, posted };
}

test('every retry posts the very same message', async () => {
  const { posted, attempts } = await postAgainst([
    answer(500),
    failure('lost'),
    failure('unreachable'),
    answer(429),
  ]);
  expect(attempts).toBe(5);
  expect(new Set(posted)).toEqual(new Set([message]));
});

describe('whether the shop may have it', () => {
  test.each([
    ['never reached', [failure('unreachable'), failure('unresolved')], false],
    ['throttled only', [answer(429), answer(429)], false],
    ['an answer lost', [failure('lost'), failure('unreachable')], true],
    ['a 500, then forbidden', [answer(500), answer(403)], true],
    ['forbidden at once', [answer(403)], false],
  ] as const)('%s: %j', async (_, results, mayHaveArrived) => {
    const settled = await postAgainst([...results], { maxAttempts: results.length });
    expect(settled).toMatchObject({ mayHaveArrived, attempts: results.length });
  });
});

describe('what is not worth repeating is posted once', () => {
  test.each([
    ['rejected', answer(400)],
    ['held', answer(401)],
    ['held', failure('untrusted')],
    ['held', answer(429, { errorType: 'LimitExceededException' })],
  ] as const)('%s', async (status, result) => {
    const settled = await postAgainst([result]);
    expect(settled).toMatchObject({ attempts: 1, outcome: { status } });
  });

  test('nor is a shop that asks for more than a minute of patience', async () => {
    expect(await postAgainst([answer(429, { retryAfterMs: 60_001 })])).toMatchObject({
      attempts: 1,
      outcome: { code: 'throttled' },
    });
  });
});

test('an abort during the wait for Retry-After ends it at once', async () => {
  const signal = AbortSignal.timeout(20);
  const settled = await postAgainst([answer(429, { retryAfterMs: 60_000 })], { signal });
  expect(settled).toMatchObject({ outcome: { status: 'aborted' }, attempts: 1, mayHaveArrived: false });
});

test('an abort in the very moment of acceptance does not take it back', async () => {
  const controller = new AbortController();
  const transport = {
    post: async () => {
      queueMicrotask(() => controller.abort());
      return answer(200);
    },
    probe: async () => answer(403),
  };
  const { signal } = controller;
  const url = 'https://api.retsema.eu/shop';
  const settings = { transport, url, maxAttempts: 3, random: () => 0 };
  const settled = await postUntilSettled(message, settings, signal);
  expect(settled.outcome.status).toBe('accepted');
});

test('a transport that breaks its contract is not taken for the shop', async () => {
  const transport = {
    post: () => Promise.reject(new Error('a fault of ours')),
    probe: async () => answer(403),
  };
  const settings = { transport, url: 'https://api.retsema.eu/shop', maxAttempts: 3, random: () => 0 };
  await expect(postUntilSettled(message, settings)).rejects.toThrow('a fault of ours');
});
