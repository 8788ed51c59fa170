export { createAuthority, issueCertificate, selfSignedCertificate } from './certificates.ts';
export { DataDirError } from './data-dir.ts';
export { PortError } from './http.ts';
export { startSandbox } from './sandbox.ts';
export type {
  BookedItem,
  BookedSale,
  BooksDocument,
  Certificate,
  CertificateRequest,
  FaultSource,
  Sandbox,
  SandboxKms,
  SandboxOptions,
  SandboxShop,
} from './types.ts';
