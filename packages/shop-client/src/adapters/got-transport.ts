import type { Response } from 'got';
import { parseRetryAfter } from '../core/backoff.ts';
import { VERSION_2_PATH } from '../core/message.ts';
import type { Answer, PostResult } from '../core/outcome.ts';
import { classifyFailure } from '../core/post-failure.ts';
import type { CallOptions, Transport } from '../ports.ts';
import type { SealedMessage } from '../sealed.ts';
import type { Http, HttpSettings } from './got-client.ts';

interface PostOrGet {
  method: 'POST' | 'GET';
  body?: string;
  headers?: Record<string, string>;
}

const MAX_ANSWER_BYTES = 65_536;

/**
 * Posts by `got`, over one keep-alive agent; its own retry, redirects and decompression are off.
 * got is loaded at the first request: who only seals does not wait for it.
 */
export class GotTransport implements Transport {
  readonly #settings: HttpSettings;
  #loading: Promise<Http> | undefined;

  constructor(settings: HttpSettings) {
    this.#settings = settings;
  }

  post({ id, protocol, body }: SealedMessage, options: CallOptions = {}): Promise<PostResult> {
    return this.#request(
      protocol === 2 ? VERSION_2_PATH : '',
      {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', 'idempotency-key': JSON.stringify(id) },
      },
      options,
    );
  }

  /** A GET of the shop's address, which books nothing: for diagnosis. */
  probe(options: CallOptions = {}): Promise<PostResult> {
    return this.#request('', { method: 'GET' }, options);
  }

  async #request(path: string, request: PostOrGet, { signal }: CallOptions): Promise<PostResult> {
    signal?.throwIfAborted();
    const { url, http, RequestError } = await this.#loaded();
    let tooLarge = false;
    try {
      const pending = http(url + path, { ...request, ...(signal && { signal }) });
      pending.on('request', (sent) => {
        pending.on('downloadProgress', ({ transferred }) => {
          if (transferred <= MAX_ANSWER_BYTES) return;
          tooLarge = true;
          sent.destroy();
        });
      });
      const response = await pending;
      return toAnswer(response, response.body);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof RequestError)) throw error;
      if (tooLarge && error.response) return toAnswer(error.response, '');
      const { code, timings, request: made } = error;
      const secured = timings?.secureConnect ?? (url.startsWith('http:') ? timings?.connect : undefined);
      const mayHaveBeenSent = secured !== undefined || made?.reusedSocket === true || timings === undefined;
      // got's own error holds the request with its body and headers; what it was made from does not.
      return classifyFailure({ code, mayHaveBeenSent, cause: error.cause });
    }
  }

  #loaded(): Promise<Http> {
    this.#loading ??= import('./got-client.ts').then(({ openHttp }) => openHttp(this.#settings));
    return this.#loading;
  }
}

function toAnswer(
  { statusCode, headers }: Pick<Response, 'statusCode' | 'headers'>,
  content: string,
): Answer {
  const written = Date.parse(headers.date ?? '');
  const now = Number.isNaN(written) ? Date.now() : written;
  return {
    kind: 'answer',
    statusCode,
    content,
    errorType: headerText(headers['x-amzn-errortype'])?.split(':')[0],
    requestId: headerText(headers['x-amzn-requestid']),
    retryAfterMs: parseRetryAfter(headers['retry-after'], now),
  };
}

/** A header from outside: one value, printable, short. */
function headerText(value: string | string[] | undefined): string | undefined {
  const text = Array.isArray(value) ? value[0] : value;
  return text !== undefined && /^[\x21-\x7e]{1,128}$/.test(text) ? text : undefined;
}
