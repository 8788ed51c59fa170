/** What is wrong with bytes that should be UTF-8, as the end of a sentence, and what to do. */
export interface EncodingMistake {
  problem: string;
  hint: string;
}

/** UTF-8 without its byte order mark, or what the bytes look like; nothing of what they say. */
export function decodeUtf8(bytes: Uint8Array, { keepMark = false } = {}): string | EncodingMistake {
  const wide = utf16Mistake(bytes);
  if (wide) return wide;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: keepMark }).decode(bytes);
  } catch {
    return {
      problem: `is not UTF-8: byte ${firstOdd(bytes) + 1} looks like Latin-1 or Windows-1252`,
      hint: 'Save it as UTF-8, such as by: iconv -f WINDOWS-1252 -t UTF-8.',
    };
  }
}

/**
 * Also of UTF-32, which may begin with the mark of UTF-16. By its mark or, since JSON begins with two characters of ASCII, by the zeros
 * beside the first of them.
 */
export function utf16Mistake(bytes: Uint8Array): EncodingMistake | undefined {
  const [first, second] = bytes;
  if (isUtf32(bytes)) return wideMistake('UTF-32');
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const isBare = second !== undefined && (first === 0) !== (second === 0);
  return isMarked || isBare ? wideMistake('UTF-16') : undefined;
}

/** The mark and each character of ASCII have two zeros that UTF-16 would not have. */
function isUtf32([first, second, third, fourth]: Uint8Array): boolean {
  if (third === undefined || fourth === undefined) return false;
  const isLittleEndian = third === 0 && fourth === 0 && first !== 0;
  return isLittleEndian || (first === 0 && second === 0 && fourth !== 0);
}

const wideMistake = (name: 'UTF-16' | 'UTF-32'): EncodingMistake => ({
  problem: `is ${name}, not UTF-8`,
  hint: `Save it as UTF-8, such as by iconv -f ${name} -t UTF-8, or in PowerShell by Out-File -Encoding utf8.`,
});

/** Where the first character begins that is none in UTF-8. */
function firstOdd(bytes: Uint8Array): number {
  let [low, high] = [0, bytes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (begun(bytes.subarray(0, middle + 1)) === undefined) high = middle;
    else low = middle + 1;
  }
  return Buffer.byteLength(begun(bytes.subarray(0, low)) ?? '');
}

/** The whole characters, where more bytes could make UTF-8 of it. */
function begun(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    return;
  }
}
