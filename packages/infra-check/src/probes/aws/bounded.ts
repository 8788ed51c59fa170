import { Readable, Transform } from 'node:stream';

const MOST_BYTES = 16 * 1024 * 1024;

/** Ends an answer that goes on and on. */
export function bounded(body: unknown): unknown {
  if (!(body instanceof Readable)) return body;
  let seen = 0;
  const counting = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen <= MOST_BYTES) done(null, chunk);
      else done(Object.assign(new Error('the answer is longer than any of AWS'), { name: 'TooMuch' }));
    },
  });
  body.on('error', (error) => counting.destroy(error));
  counting.on('error', () => body.destroy());
  return body.pipe(counting);
}
