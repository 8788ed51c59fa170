export interface Got {
  status: number;
  headers: Headers;
  body: string;
}

export async function get(url: string, init: RequestInit = {}): Promise<Got> {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, body: await response.text() };
}

/** The value of a sample, by its name and labels as they stand on the line; NaN where there is none. */
export async function metric(url: string, name: string): Promise<number> {
  const { body } = await get(`${url}/metrics`);
  const line = body.split('\n').find((text) => text.startsWith(`${name} `));
  return line === undefined ? Number.NaN : Number(line.slice(name.length + 1));
}
