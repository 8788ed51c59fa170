import { acceptor } from './accept/accept.ts';
import { required } from './shared/environment.ts';
import { publisher } from './shared/publish.ts';

const rubbish = process.env['RUBBISH'] ?? 'accept';
if (!['accept', 'refuse'].includes(rubbish)) throw new Error('RUBBISH must be "accept" or "refuse".');

/** Behind POST /shop and POST /shop/v2. */
export const handler = acceptor({
  publish: publisher(required('TO_DECRYPT_TOPIC_ARN')),
  refuseRubbish: rubbish === 'refuse',
});
