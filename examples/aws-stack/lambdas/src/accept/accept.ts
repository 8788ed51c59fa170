import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { log, namesOf } from '../common/log.ts';
import { count } from '../common/metrics.ts';
import type { Publish } from '../common/publish.ts';
import { accepted, notAccepted, refused, tooLarge } from './answers.ts';
import { toPublish } from './to-publish.ts';

export interface AcceptOptions {
  publish: Publish;
  /** Whether what is no message gets 400; else 200, as from the back end of 2020, and lands among the dead letters. */
  refuseRubbish: boolean;
}

type PostedBody = Pick<APIGatewayProxyEvent, 'body' | 'isBase64Encoded'>;

/** Answers a post: 200 once the message is on its way, so that whatever got 200 is kept. */
export const acceptor =
  ({ publish, refuseRubbish }: AcceptOptions) =>
  async ({ body, isBase64Encoded }: PostedBody): Promise<APIGatewayProxyResult> => {
    const judged = toPublish(Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'));
    if (judged.kind === 'too-large') return tooLarge;
    if (judged.kind === 'rubbish') {
      count({ Rubbish: 1 }, {}, { reason: judged.reason });
      if (refuseRubbish) return refused;
    }
    try {
      await publish(judged.text);
      return accepted;
    } catch (error) {
      log('not accepted', { bytes: judged.text.length, ...namesOf(error) });
      return notAccepted;
    }
  };
