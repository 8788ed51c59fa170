/** Reads a file that the configuration names; the path is as it stands there. */
export type ReadNamedFile = (path: string) => Promise<string>;
