/**
 * Stands in for the SDK's chain of credentials in the bundles: Lambda gives a function its credentials in the environment, and
 * everything else in that chain (profiles, SSO, web identity) is most of what the SDK would weigh.
 */
export const defaultProvider = () => async () => ({
  accessKeyId: required('AWS_ACCESS_KEY_ID'),
  secretAccessKey: required('AWS_SECRET_ACCESS_KEY'),
  ...(process.env['AWS_SESSION_TOKEN'] && { sessionToken: process.env['AWS_SESSION_TOKEN'] }),
});

function required(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw Object.assign(new Error(`${name} is not set.`), { name: 'CredentialsProviderError' });
}
