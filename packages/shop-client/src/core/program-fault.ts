/** What a program is told where it failed itself, and no network did. */
export interface Fault {
  /** The error's code or, where it has none, its name. */
  name: string;
  /** The first line of its message. */
  detail: string;
}

/** The system's codes, and those of Node's TLS, proxy, HTTP and stream code. Source: errno(3); nodejs.org/api/errors.html */
const OF_THE_NETWORK =
  /^(E(?!RR_)[A-Z0-9_]+|ERR_(SSL|TLS|PROXY|HTTP|HTTP2|SOCKET|STREAM|OSSL|NETWORK)_\w+|HPE_\w+|UND_ERR_\w+|TimeoutError|AbortError)$/;
/** Errors of the language, and Node's codes for a program that is put together wrongly or may not do something. */
const OF_THE_PROGRAM =
  /^(Error|TypeError|ReferenceError|RangeError|SyntaxError|MODULE_NOT_FOUND|ERR_(ACCESS_DENIED|MODULE_NOT_FOUND|REQUIRE_\w+|INVALID_ARG_\w+|INVALID_THIS|UNKNOWN_\w+|PACKAGE_\w+|UNSUPPORTED_\w+|DLOPEN_\w+))$/;

/** By what an error is known: its code or, where it has none, its name. */
export function faultName(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'Error';
}

/** The first line of an error's message. */
export function faultDetail(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n', 1)[0] ?? '').slice(0, LONGEST_DETAIL) || faultName(error);
}

const LONGEST_DETAIL = 300;

/** Whether a name stands for trouble on the way to another machine, which may pass. */
export const isOfTheNetwork = (name: string): boolean => OF_THE_NETWORK.test(name);

/** Whether a name certainly stands for a fault of the program or of how it is run. */
export const isOfTheProgram = (name: string): boolean => OF_THE_PROGRAM.test(name);

/** What to do about it. @param otherwise where nothing more is known */
export function hintOfFault({ name, detail }: Fault, otherwise: string): string {
  if (name === 'ERR_ACCESS_DENIED') return permissionHint(detail);
  if (/dynamic require|require is not (defined|a function)/i.test(detail)) {
    return 'Define require in the bundle (esbuild: --banner:js, see docs/runtimes.md), or bundle as CommonJS.';
  }
  if (/MODULE_NOT_FOUND|ERR_PACKAGE/.test(name) || /cannot find (module|package)/i.test(detail)) {
    return 'Install the packages of @amis-shop/shop-client where the program runs, or bundle them with it.';
  }
  return otherwise;
}

/** Node says in its message which flag it misses, but for the network. Source: nodejs.org/api/permissions.html */
export function permissionHint(detail: string, folder?: string): string {
  const flag = /--allow-[a-z-]+/.exec(detail)?.[0] ?? (folder === undefined ? '--allow-net' : '--allow-fs');
  const where = folder ?? 'FOLDER';
  const flags = flag.startsWith('--allow-fs') ? `--allow-fs-read=${where} --allow-fs-write=${where}` : flag;
  return `Node runs with --permission: start it with ${flags} as well.`;
}
