export type { Break } from './breaks.ts';
export { BREAKS } from './breaks.ts';
export { createAuthority, issueCertificate, selfSignedCertificate } from './certificates.ts';
export { DataDirError } from './data-dir.ts';
export { DEMANDS, type Demand } from './demands.ts';
export { PortError } from './http.ts';
export { startSandbox } from './sandbox.ts';
export type {
  BookedItem,
  BookedSale,
  BooksDocument,
  Certificate,
  CertificateRequest,
  FaultSource,
  RecordedConflict,
  Sandbox,
  SandboxAdmission,
  SandboxDns,
  SandboxDnsOptions,
  SandboxKms,
  SandboxOptions,
  SandboxSchema,
  SandboxShop,
} from './types.ts';
