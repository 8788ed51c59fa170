const VARIABLES = ['API_GATEWAY', 'APIGATEWAYV2', 'ACM', 'ROUTE_53', 'KMS'].map(
  (id) => `AWS_ENDPOINT_URL_${id}`,
);

/**
 * "localhost:4566" is a URL with the scheme "localhost", with which the SDK goes elsewhere.
 * @throws an error named EndpointError, whose message names the variable
 */
export function checkEndpoints(): void {
  for (const variable of ['AWS_ENDPOINT_URL', ...VARIABLES]) {
    const value = process.env[variable];
    if (!value || (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol))) continue;
    const message = `${variable} is not a URL that begins with https:// or http://`;
    throw Object.assign(new Error(message), { name: 'EndpointError' });
  }
}
