import type { APIGatewayProxyResult } from 'aws-lambda';

/** The body is a JSON string, as the tills of 2020 print it. */
const answer = (statusCode: number, text: string): APIGatewayProxyResult => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(text),
});

export const accepted = answer(200, 'OK');
export const notAccepted = answer(500, 'NotOK: retry later, admins: see cloudwatch logs for error');
export const refused = answer(400, 'NotOK: malformed message');
export const tooLarge = answer(413, 'NotOK: a message has at most 262144 bytes');
