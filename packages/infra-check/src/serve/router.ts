import type { IncomingMessage } from 'node:http';
import { type Answer, sentence } from './answer.ts';
import type { Handler } from './http-server.ts';
import type { HandlerName, Metrics } from './metrics.ts';

/** What a route gets of a request. */
export interface RouteRequest {
  query: URLSearchParams;
  /** By name in lower case. */
  header: (name: string) => string | undefined;
  signal: AbortSignal;
}

export interface Route {
  name: HandlerName;
  methods: readonly string[];
  handle: (request: RouteRequest) => Promise<Answer> | Answer;
}

const LONGEST_URL = 4_096;

/** Finds the route by its path; what is wrong with a request is said in one sentence. */
export const route =
  (routes: Readonly<Record<string, Route>>, metrics: Metrics): Handler =>
  async (request, signal) => {
    const [name, answer] = await answerOf(routes, request, signal);
    metrics.answered(name, answer.status);
    return answer;
  };

async function answerOf(
  routes: Readonly<Record<string, Route>>,
  request: IncomingMessage,
  signal: AbortSignal,
): Promise<[HandlerName, Answer]> {
  const { url = '', method = '', headers } = request;
  if (url.length > LONGEST_URL) return ['other', sentence(414, 'The address is too long.')];
  const [path = '', ...query] = url.split('?');
  const found = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (found === undefined) return ['other', sentence(404, 'There is nothing here.')];
  const { name, methods, handle } = found;
  if (!methods.includes(method))
    return [name, sentence(405, `This takes ${methods.join(' or ')} only.`, { allow: methods.join(', ') })];
  const header = (wanted: string): string | undefined => {
    const value = headers[wanted];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  return [name, await handle({ query: new URLSearchParams(query.join('?')), header, signal })];
}
