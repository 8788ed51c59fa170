import { type Environment, required } from '../common/environment.ts';
import { publisher } from '../common/publish.ts';
import { acceptor } from './accept.ts';

/** Behind POST /shop and POST /shop/v2. */
export function acceptHandler(environment: Environment) {
  const { RUBBISH = 'accept' } = environment;
  if (!['accept', 'refuse'].includes(RUBBISH)) throw new Error('RUBBISH must be "accept" or "refuse".');
  return acceptor({
    publish: publisher(required(environment, 'TO_DECRYPT_TOPIC_ARN')),
    refuseRubbish: RUBBISH === 'refuse',
  });
}
