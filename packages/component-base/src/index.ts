/**
 * What every process shares: options, commands, logs, metrics, health, TLS.
 * Guarantees: options are parsed from one declared table; a user's mistake is one clear sentence; a component has one metrics registry.
 */
export { noSubcommand, runCommand, type Command, type CommandContext } from './command.ts';
export { Exposition, EXPOSITION_TYPE, joinLabels, labelParts, labelText, type Labels } from './exposition.ts';
export { createLogger, silentLogger, type LogFormat, type Logger, type RootLogger, type LoggerOptions } from './logger.ts';
export { loggingOptions, loggingSettings, type LoggingSettings } from './logging-options.ts';
export { createRegistry } from './metrics.ts';
export { observabilityApp, serveApp, type HealthCheck, type MetricsPage, type ObservabilityOptions } from './observability-server.ts';
export { describeOptions, nearestName, optionTable, parseDuration, parseOptions, readFlagFile, UsageError, UserError, type Options, type OptionSpec, type OptionTable, type ParsedArguments } from './options.ts';
export { hasSecretName, REDACTED, redactText, redactValue } from './redact.ts';
export { replaceFile, replaceFileSync, type FileModes } from './replace-file.ts';
export { runProgram, type ProgramResult, type RunProgramOptions } from './run-program.ts';
export { TallyCounter, TallyHistogram, type CountTally, type ValueTally } from './tallies.ts';
export { version } from './version.ts';
export { waitUntil, type WaitLimits } from './wait-until.ts';
export { createAuthority, issueCertificate, type CertificateRequest, type IssueOptions, type KeyPair } from './tls/certificate-authority.ts';
export { createSigningRequest, type SigningRequest } from './tls/certificate-request.ts';
export { createCertificateGauges, fingerprintOf, namedCertificates, type NamedCertificate } from './tls/certificate-gauges.ts';
export { FileFollower, type FileFollowerOptions, readText, type ReadText } from './tls/file-follower.ts';
export { certificatesIn, certificatesWithin, checkAuthorities, checkKeyPair } from './tls/pem-certificates.ts';
export { readAuthorities, readKeyPair } from './tls/read-pem.ts';
