/**
 * What plugin sockets need of the libraries for gRPC, as one module to load when the first is opened. They are CommonJS: bundled, such a module that is
 * imported while the program runs has a default export alone, so their names are taken here, by an import that the bundler resolves.
 */
export { credentials, loadPackageDefinition, Metadata } from '@grpc/grpc-js';
export { loadSync } from '@grpc/proto-loader';
