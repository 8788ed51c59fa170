import type { Response } from 'got';
import { parseRetryAfter } from '../core/backoff.ts';
import { clockOffsetToUse, parseHttpDate } from '../core/clock-offset.ts';
import { VERSION_2_PATH } from '../core/message.ts';
import { classifyFailure, clientFailed } from '../core/post-failure.ts';
import {
  type Answer,
  type PostResult,
  type Presented,
  SALE_ID_CONFLICT,
  SEQUENCE_CONFLICT,
} from '../core/post-result.ts';
import { isOfTheProgram } from '../core/program-fault.ts';
import { UNUSABLE_CREDENTIALS } from '../core/unidentified.ts';
import type { Auth, CallOptions, Transport } from '../ports.ts';
import type { SealedMessage } from '../sealed.ts';
import { abortable } from './abortable.ts';
import type { Http, HttpSettings } from './got-client.ts';
import type { SignRequest } from './request-signer.ts';
import { describeSdkError } from './sdk-error.ts';

interface PostOrGet {
  method: 'POST' | 'GET';
  body?: string;
  headers: Record<string, string>;
}

const MAX_ANSWER_BYTES = 65_536;

/**
 * Posts by `got`, over one keep-alive agent; its own retry, redirects and decompression are off.
 * got is loaded at the first request, and what signs only where requests are signed: who only seals does not wait for it.
 */
export class GotTransport implements Transport {
  readonly #settings: HttpSettings;
  readonly #presented: Presented;
  readonly #addresses = new Map<string, URL>();
  #loading: Promise<Http> | undefined;
  #loadingSigner: Promise<SignRequest> | undefined;
  /** How far the clock of the shop is ahead, as far as it had to be learned. */
  #clockOffsetMs = 0;

  constructor(settings: HttpSettings) {
    this.#settings = settings;
    this.#presented = presentedBy(settings.auth);
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
    return this.#request('', { method: 'GET', headers: {} }, options);
  }

  /** Where the clock here is why a signature was refused, it is signed anew by the shop's own time, once. */
  async #request(path: string, request: PostOrGet, options: CallOptions): Promise<PostResult> {
    const first = await this.#requestOnce(path, request, options);
    const offsetMs = this.#settings.auth?.sigV4 && clockOffsetToUse(first, this.#clockOffsetMs);
    if (offsetMs === undefined) return first;
    this.#clockOffsetMs = offsetMs;
    const { logger } = this.#settings;
    logger?.warn(
      { clockOffsetMs: offsetMs },
      "this machine's clock is wrong: requests are signed by the shop's",
    );
    return await this.#requestOnce(path, request, options);
  }

  async #requestOnce(path: string, request: PostOrGet, options: CallOptions): Promise<PostResult> {
    options.signal?.throwIfAborted();
    const signed = await this.#signed(path, request, options);
    const result = 'kind' in signed ? signed : await this.#exchange(path, signed, options);
    return this.#presented.length === 0 ? result : { ...result, presented: this.#presented };
  }

  /** A connection may stand before it is given a request: one that was kept alive, or one through a proxy. */
  async #exchange(path: string, request: PostOrGet, { signal }: CallOptions): Promise<PostResult> {
    const loaded = await this.#loaded().catch(clientFailed);
    if ('kind' in loaded) return loaded;
    const { url, http, RequestError, proxy } = loaded;
    let tooLarge = false;
    let stoodBefore = false;
    try {
      const pending = http(this.#addressOf(url + path), { ...request, ...(signal && { signal }) });
      pending.on('request', (sent) => {
        sent.once('socket', ({ connecting }) => {
          stoodBefore = !connecting;
        });
        pending.on('downloadProgress', ({ transferred }) => {
          if (transferred <= MAX_ANSWER_BYTES) return;
          tooLarge = true;
          sent.destroy();
        });
      });
      // got types an answer as text, whatever its instance was made for.
      const response: Response<unknown> = await pending;
      return toAnswer(response, textOf(response));
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof RequestError)) throw error;
      if (tooLarge && error.response) return toAnswer(error.response, '');
      const { code, timings } = error;
      const secured = timings?.secureConnect ?? (url.startsWith('http:') ? timings?.connect : undefined);
      const mayHaveBeenSent = secured !== undefined || stoodBefore || timings === undefined;
      // got's own error holds the request with its body and headers; what it was made from does not.
      return classifyFailure({ code, mayHaveBeenSent, cause: error.cause, proxy });
    }
  }

  /** The request with a signature of this moment, where requests are signed; body and id are those of every post. */
  async #signed(path: string, request: PostOrGet, { signal }: CallOptions): Promise<PostOrGet | PostResult> {
    const { auth, url, timeoutMs } = this.#settings;
    if (auth?.sigV4 === undefined) return request;
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      const sign = await abortable(this.#signer(auth.sigV4), signal);
      const at = new Date(Date.now() + this.#clockOffsetMs);
      const signing = sign({ ...request, url: url + path }, at);
      const headers = await abortable(signing, signal ? AbortSignal.any([signal, deadline]) : deadline);
      return { ...request, headers };
    } catch (error) {
      signal?.throwIfAborted();
      const { name, cause } = describeSdkError(error);
      if (isOfTheProgram(name) && !UNUSABLE_CREDENTIALS.test(name)) return clientFailed(error);
      return { kind: 'failure', reason: 'unsigned', detail: deadline.aborted ? 'TimeoutError' : name, cause };
    }
  }

  /** Parsed once, not for each post. */
  #addressOf(url: string): URL {
    const known = this.#addresses.get(url);
    if (known) return known;
    const address = new URL(url);
    this.#addresses.set(url, address);
    return address;
  }

  #loaded(): Promise<Http> {
    this.#loading ??= import('./got-client.ts')
      .then(({ openHttp }) => openHttp(this.#settings))
      .catch((error: unknown) => {
        this.#loading = undefined;
        throw error;
      });
    return this.#loading;
  }

  #signer(settings: NonNullable<Auth['sigV4']>): Promise<SignRequest> {
    this.#loadingSigner ??= import('./request-signer.ts').then(({ openSigner }) => openSigner(settings));
    return this.#loadingSigner;
  }
}

function presentedBy({ certificate, sigV4, apiKey }: Auth = {}): Presented {
  return [
    ...(certificate ? (['client_certificate'] as const) : []),
    ...(sigV4 ? (['signature'] as const) : []),
    ...(apiKey ? (['api_key'] as const) : []),
  ];
}

/** Byte for byte, a byte order mark too. A compressed answer, which nobody asked for, is not unpacked, and is no text. */
function textOf({ body, headers }: Pick<Response<unknown>, 'body' | 'headers'>): string {
  const coding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (coding !== 'identity' || !(body instanceof Uint8Array)) return '';
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
}

function toAnswer(
  { statusCode, headers }: Pick<Response, 'statusCode' | 'headers'>,
  content: string,
): Answer {
  const now = Date.now();
  const theirs = parseHttpDate(headers.date);
  return {
    kind: 'answer',
    statusCode,
    content,
    errorType: headerText(headers['x-amzn-errortype'])?.split(':')[0],
    requestId: headerText(headers['x-amzn-requestid']),
    saleIdConflict: saleIdIn(headers[SALE_ID_CONFLICT]),
    sequenceConflict: wholeNumber(headerText(headers[SEQUENCE_CONFLICT])),
    retryAfterMs: parseRetryAfter(headers['retry-after'], theirs ?? now),
    clockOffsetMs: theirs === undefined ? undefined : theirs - now,
  };
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function saleIdIn(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && /^[A-Za-z0-9._:-]{1,132}$/.test(value) ? value : undefined;
}

/** A header from outside: one value, printable, short. */
function headerText(value: string | string[] | undefined): string | undefined {
  const text = Array.isArray(value) ? value[0] : value;
  return text !== undefined && /^[\x21-\x7e]{1,128}$/.test(text) ? text : undefined;
}
