export { startGateway, type Gateway, type GatewayOptions } from './start-gateway.ts';
export { loadApi, readSources, type ApiSources, type LoadedApi } from './load-api.ts';
export { ImaginedConnection } from './tls/certificate-port.ts';
export { createMemoryCounters } from './counters/memory-counters.ts';
export { createFileDocumentReader } from './documents/file-document-reader.ts';
export { hashPassword } from './identity/hash-password.ts';
export type {
  UpstreamCall,
  UpstreamFailure,
  UpstreamPort,
  UpstreamRequest,
  UpstreamSink,
} from './wire/upstream-port.ts';
