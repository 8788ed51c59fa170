import { describe, expect, test } from 'vitest';
import { GotTransport } from '../src/adapters/got-transport.ts';
import { KmsApi } from '../src/adapters/kms-api.ts';
import { explainKmsFailure } from '../src/core/kms-failure.ts';
import { judge } from '../src/core/outcome.ts';
import { classifyFailure } from '../src/core/post-failure.ts';
import { KeyError } from '../src/errors.ts';
import type { KmsSettings } from '../src/ports.ts';

const ALIAS = 'alias/KeyL-AMIS1';
const context = { url: 'https://api.retsema.eu/shop', protocol: 2, size: 1 } as const;

const kmsThrowing = (error: unknown) =>
  new KmsApi({
    client: { send: async () => Promise.reject(error) } as unknown as NonNullable<KmsSettings['client']>,
  });

const withCode = (error: Error, code: string): Error => Object.assign(error, { code });

describe('a fault of the program is told as what it is, with its message, and is not waited for', () => {
  test.each([
    ['a bundle', new Error('Dynamic require of "node:https" is not supported'), /Define require/],
    [
      'a missing package',
      withCode(new Error("Cannot find package '@smithy/core'"), 'ERR_MODULE_NOT_FOUND'),
      /^Install the packages/,
    ],
    ['a mistake in code', new TypeError("Cannot destructure property 'x' of undefined"), /^Report it/],
    ['another one', new ReferenceError('require is not defined'), /Define require/],
    [
      'a missing permission',
      withCode(
        new Error('Access to this API has been restricted. Use --allow-net to manage permissions.'),
        'ERR_ACCESS_DENIED',
      ),
      /start it with --allow-net/,
    ],
    ['something nobody knows', withCode(new Error('out of cheese'), 'CHEESE'), /^Report it/],
  ])('while KMS is asked: %s', async (_, thrown, hint) => {
    const error = await kmsThrowing(thrown)
      .getPublicKey(ALIAS)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'client_failed',
      retryable: false,
      message: `The AWS SDK failed inside this program, not on the network: ${thrown.message.replace(/\.$/, '')}.`,
      hint: expect.stringMatching(hint),
    });
  });

  test.each<[unknown, string]>([
    ['a string', 'it rejected with "a string", not with an Error'],
    ['ECONNREFUSED', 'it rejected with "ECONNREFUSED", not with an Error'],
    ['two\nlines', 'it rejected with "two", not with an Error'],
    ['', 'it rejected with "", not with an Error'],
    [undefined, 'it rejected with undefined, not with an Error'],
    [null, 'it rejected with null, not with an Error'],
    [42, 'it rejected with a number, not with an Error'],
    [{}, 'it rejected with an object, not with an Error'],
    [{ message: 'boom' }, 'it rejected with an object (boom), not with an Error'],
    [{ message: 5, name: 7, code: 9 }, 'it rejected with an object, not with an Error'],
    [{ name: 'TimeoutError' }, 'it rejected with an object, not with an Error'],
    [
      { name: 'ECONNREFUSED', $metadata: null, $response: 7 },
      'it rejected with an object, not with an Error',
    ],
    [() => 1, 'it rejected with a function, not with an Error'],
    [Object.create(null), 'it rejected with an object, not with an Error'],
    [
      Object.defineProperty({}, 'message', {
        get: () => {
          throw new Error('a trap');
        },
      }),
      'it rejected with an object, not with an Error',
    ],
    [Object.assign(new Error('odd'), { name: 5, code: {}, $metadata: null, $response: 7 }), 'odd'],
    [Object.assign(new Error(), { message: { toString: 4 } }), 'Error'],
  ])(
    'while a client of the caller rejects or throws what is no error of any kind: %j',
    async (thrown, detail) => {
      const throwing = new KmsApi({
        client: {
          send: () => {
            throw thrown;
          },
        } as unknown as NonNullable<KmsSettings['client']>,
      });
      for (const kms of [kmsThrowing(thrown), throwing]) {
        const error = await kms.getPublicKey(ALIAS).catch((caught: unknown) => caught);
        expect(error).toBeInstanceOf(KeyError);
        expect(error).toMatchObject({
          code: 'client_failed',
          retryable: false,
          message: `The AWS SDK failed inside this program, not on the network: ${detail}.`,
        });
      }
    },
  );

  test('while credentials of the caller reject with what is no error', async () => {
    const kms = new KmsApi({ region: 'eu-west-1', credentials: () => Promise.reject('no luck') });
    await expect(kms.getPublicKey(ALIAS)).rejects.toMatchObject({
      code: 'client_failed',
      retryable: false,
      message: expect.stringContaining('it rejected with "no luck", not with an Error'),
    });
  });

  test.each(['loading', 'credentials', 'KMS'] as const)('at each stage: %s', (stage) => {
    const failure = {
      name: 'Error',
      detail: 'Dynamic require of "node:fs" is not supported',
      stage,
      cause: undefined,
    };
    expect(explainKmsFailure(failure, ALIAS)).toMatchObject({ code: 'client_failed', retryable: false });
  });

  test.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ECONNRESET',
    'ERR_PROXY_TUNNEL',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'HPE_INVALID_CONSTANT',
    'ERR_STREAM_PREMATURE_CLOSE',
  ])('what the network did stays the network: %s', (name) => {
    expect(explainKmsFailure({ name, cause: undefined, stage: 'KMS' }, ALIAS)).toMatchObject({
      code: 'key_unavailable',
      retryable: true,
    });
  });

  test('where a shop is posted to, it holds the queue, and says that nothing was sent', () => {
    const cause = new TypeError('Cannot read properties of undefined');
    const failure = classifyFailure({ code: 'ERR_GOT_REQUEST_ERROR', mayHaveBeenSent: false, cause });
    expect(judge(failure, context)).toEqual({
      status: 'held',
      code: 'client_failed',
      message:
        'This program failed before it could send: Cannot read properties of undefined. Nothing was sent.',
      hint: 'Start it again; if the error persists, report it with its cause.',
    });
  });

  test('what may have been sent stays unknown', () => {
    const failure = classifyFailure({ code: 'TypeError', mayHaveBeenSent: true, cause: new TypeError('x') });
    expect(judge(failure, context)).toMatchObject({ status: 'unknown', code: 'answer_lost' });
  });

  test('an HTTP client that cannot be made is told, and made anew at the next post', async () => {
    const auth = {
      apiKey: {
        reveal: () => {
          throw new TypeError('no key');
        },
      },
    };
    const transport = new GotTransport({ url: context.url, timeoutMs: 1_000, auth: auth as never });
    for (let i = 0; i < 2; i += 1) {
      expect(await transport.probe()).toMatchObject({
        kind: 'failure',
        reason: 'client_failed',
        detail: 'no key',
      });
    }
  });

  test('what JSON.parse says of credentials is not repeated', async () => {
    const thrown = new SyntaxError(`Unexpected token 'S', "SECRET" is not valid JSON`);
    const error = await kmsThrowing(thrown)
      .getPublicKey(ALIAS)
      .catch((caught: Error) => caught);
    expect((error as Error).message).not.toContain('SECRET');
  });
});
