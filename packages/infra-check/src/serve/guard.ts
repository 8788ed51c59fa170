import { sentence } from './answer.ts';
import type { Handler } from './http-server.ts';
import type { Metrics } from './metrics.ts';
import { Passwords } from './passwords.ts';
import type { WebFile } from './web-file.ts';

const RETRY_AFTER_SECONDS = 5;

/** Lets nobody in whose name and password are not right, where the web configuration has any. */
export function guarded(handler: Handler, web: WebFile | undefined, metrics: Metrics): Handler {
  if (web === undefined) return handler;
  let config = web.current;
  let passwords = new Passwords(config.users);
  return async (request, signal) => {
    const now = web.current;
    if (now !== config) [config, passwords] = [now, new Passwords(now.users)];
    const verdict = await passwords.judge(request.headers.authorization);
    if (verdict === 'right') return handler(request, signal);
    const answer =
      verdict === 'busy'
        ? sentence(503, 'Too many passwords are waiting to be compared.', {
            'retry-after': String(RETRY_AFTER_SECONDS),
          })
        : sentence(401, 'A name and a password are needed.', {
            'www-authenticate': 'Basic realm="infra-check", charset="UTF-8"',
          });
    metrics.answered('other', answer.status);
    return answer;
  };
}
