/** Three attempts of each call, bounded so that they end before the function does. Times in milliseconds. */
export const clientSettings = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
};
