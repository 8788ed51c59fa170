import { createReadStream, readFileSync, statSync } from 'node:fs';

const MOST_BYTES = 4_194_304;
const MOST_MS = 5_000;

/**
 * Reads a file, or whatever else comes to an end, such as a pipe.
 * @throws an error whose code is the system's, `EFBIG` above 4 MiB, or `ETIMEDOUT` where there is no end within five
 * seconds; the signal's reason
 */
export async function readTextFile(path: string, signal: AbortSignal): Promise<string> {
  const about = statSync(path);
  // Node takes 4 ms to load what a stream needs, and most often it is a file.
  if (!about.isFile()) return readToEnd(path, signal);
  if (about.size > MOST_BYTES) throw failure('EFBIG');
  return readFileSync(path, 'utf8');
}

async function readToEnd(path: string, signal: AbortSignal): Promise<string> {
  const late = Promise.withResolvers<never>();
  const stop = () => late.reject(signal.reason);
  const timer = setTimeout(() => late.reject(failure('ETIMEDOUT')), MOST_MS);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const stream = createReadStream(path, { end: MOST_BYTES });
  try {
    // Nobody can call the opening of a pipe off that nobody writes to.
    const bytes = Buffer.concat(await Promise.race([stream.toArray(), late.promise]));
    if (bytes.length > MOST_BYTES) throw failure('EFBIG');
    return bytes.toString();
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    stream.destroy();
  }
}

const failure = (code: string): Error => Object.assign(new Error(code), { code });
