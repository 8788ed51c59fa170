import type { Receipt, SealedMessage, SealedSale, ShopClient } from '@amis-shop/shop-client';
import { cut } from './printable.ts';
import type { Row } from './terminal.ts';

export type SealedFor = ShopClient['settings'];

/** What the old client printed before it sent, label for label. */
export const headRows = ({ shopId, keyAlias, url }: SealedFor): Row[] => [
  ['Shop id', shopId],
  ['Key alias', keyAlias],
  ['URL', url],
];

export const sealedRows = (
  { messages }: { messages: readonly SealedMessage[] },
  requestNumber: number,
): Row[] => [
  ...messages.flatMap(({ body }, i): Row[] => [...partRow(i, messages.length), ['Data', dataOf(body)]]),
  ['request_number', String(requestNumber)],
];

export const receiptRows = (receipt: Receipt): Row[] => {
  const answers = receipt.parts ?? [receipt];
  return answers.flatMap((answer, i) => [...partRow(i, answers.length), ...answerRows(answer)]);
};

export const answerRows = ({ statusCode, content }: { statusCode: number; content: string }): Row[] => [
  ['Status code', String(statusCode)],
  ['Content', cut(content)],
];

const partRow = (index: number, count: number): Row[] =>
  count > 1 ? [['Part', `${index + 1} of ${count}`]] : [];

/** The message as the old client's language wrote it, the ciphertext cut to its ends. */
function dataOf(body: string): string {
  const { v, shop_id, id, content_base64, jwe } = JSON.parse(body) as Record<string, string>;
  const shown =
    v === undefined ? { shop_id, content_base64: ends(content_base64) } : { v, shop_id, id, jwe: ends(jwe) };
  return `{${Object.entries(shown)
    .map((entry) => entry.map((value) => JSON.stringify(value)).join(': '))
    .join(', ')}}`;
}

const ends = (text = ''): string => `${text.slice(0, 12)}...${text.slice(-6)}`;

/** What is known of a sale before it is sealed, under the names of the receipt in snake case. */
export const knownObject = ({ shopId, keyAlias, url }: SealedFor, requestNumber: number) => ({
  shop_id: shopId,
  key_alias: keyAlias,
  url,
  request_number: requestNumber,
});

export const sealedObject = ({ saleId, kid, protocol, messages }: SealedSale, known: object) => ({
  status: 'sealed',
  sale_id: saleId,
  ...known,
  kid,
  protocol,
  messages: messages.map(({ body }): unknown => JSON.parse(body)),
});

export function receiptObject(receipt: Receipt, requestNumber: number, durationMs: number) {
  const { status, saleId, shopId, keyAlias, kid, protocol, url } = receipt;
  return {
    status,
    sale_id: saleId,
    shop_id: shopId,
    key_alias: keyAlias,
    kid,
    protocol,
    url,
    request_number: requestNumber,
    ...answerObject(receipt),
    duration_ms: durationMs,
    sale_id_conflict: receipt.saleIdConflict,
    parts: receipt.parts?.map((part) => ({ sale_id: part.saleId, ...answerObject(part) })),
  };
}

const ONLY_OUTPUT = 'only the output failed: do not send it again.';

/** What to say when the result of a command could not be written, after what it has done. */
export const onlyOutputFailed = (done: string): string =>
  `${done}; only the output failed. Do not repeat the command for it.`;

/** The same of a sale. */
export const OUTCOME = {
  accepted: ({ saleId }: { saleId: string }) => `The sale ${saleId} was accepted by the shop; ${ONLY_OUTPUT}`,
  recorded: ({ saleId, seq }: { saleId: string; seq: number }) =>
    `The sale ${saleId} is recorded as number ${seq}; ${ONLY_OUTPUT}`,
};

/** @param number of the request, where one sale is sent several times */
export const outcomeOfRequests = (sentence: string, number: number): string =>
  number === 1
    ? sentence
    : `Request ${number}, and those before it that are not reported as failed, went out. ${sentence}`;

/** What the receipt says that is no success, in one sentence. */
export const receiptWarnings = ({ saleId, saleIdConflict }: Receipt): string[] =>
  saleIdConflict
    ? [
        `The shop received the id ${saleId} before, with another sale: it accepted this one and did not book it. Compare both, and send this one under a new id if it was sold as well.`,
      ]
    : [];

const answerObject = ({
  statusCode,
  content,
  requestId,
  attempts,
}: Pick<Receipt, 'statusCode' | 'content' | 'requestId' | 'attempts'>) => ({
  status_code: statusCode,
  content: cut(content),
  request_id: requestId,
  attempts,
});
