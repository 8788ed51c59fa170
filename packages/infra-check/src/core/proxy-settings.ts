/** A proxy that opens the way to a target by CONNECT. */
export interface ProxyPlan {
  /** A name, or an address without brackets. */
  host: string;
  port: number;
  /** Whether the proxy itself is spoken to by TLS. */
  isTls: boolean;
  /** As it is shown, without user name and password. */
  label: string;
  /** The value of Proxy-Authorization. */
  authorization: (() => string) | null;
}
