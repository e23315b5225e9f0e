import { optionTable, type OptionSpec } from '@kubernode/component-base';

const NOBODY_ASKED = 'metrics and health ask nobody';
const NODES_OWN = "Node's own defaults hold";
const ALL_METRICS = 'all metrics are shown';
const JSON_AT_ONCE = 'logs are JSON, written at once';

/** Flags of Kubernetes' components about serving, logs and metrics that scripts set and that change nothing here, and why. */
export const ignoredComponentOptions: Readonly<Record<string, OptionSpec>> = optionTable({
  'allow-metric-labels': { kind: 'string', help: '', ignored: ALL_METRICS },
  'allow-metric-labels-manifest': { kind: 'string', help: '', ignored: ALL_METRICS },
  'authentication-skip-lookup': { kind: 'boolean', help: '', ignored: NOBODY_ASKED },
  'authentication-token-webhook-cache-ttl': { kind: 'duration', help: '', ignored: NOBODY_ASKED },
  'authentication-tolerate-lookup-failure': { kind: 'boolean', help: '', ignored: NOBODY_ASKED },
  'authorization-always-allow-paths': { kind: 'list', help: '', ignored: NOBODY_ASKED },
  'authorization-webhook-cache-authorized-ttl': { kind: 'duration', help: '', ignored: NOBODY_ASKED },
  'authorization-webhook-cache-unauthorized-ttl': { kind: 'duration', help: '', ignored: NOBODY_ASKED },
  'cert-dir': { kind: 'string', help: '', ignored: 'no certificates are made: without --tls-cert-file it is plain HTTP' },
  'disable-http2-serving': { kind: 'boolean', help: '', ignored: 'metrics and health speak HTTP/1.1' },
  'disabled-metrics': { kind: 'list', help: '', ignored: ALL_METRICS },
  'http2-max-streams-per-connection': { kind: 'int', help: '', ignored: 'metrics and health speak HTTP/1.1' },
  'log-json-info-buffer-size': { kind: 'string', help: '', ignored: JSON_AT_ONCE },
  'log-json-split-stream': { kind: 'boolean', help: '', ignored: JSON_AT_ONCE },
  'log-text-info-buffer-size': { kind: 'string', help: '', ignored: JSON_AT_ONCE },
  'log-text-split-stream': { kind: 'boolean', help: '', ignored: JSON_AT_ONCE },
  'permit-address-sharing': { kind: 'boolean', help: '', ignored: NODES_OWN },
  'permit-port-sharing': { kind: 'boolean', help: '', ignored: NODES_OWN },
  'requestheader-allowed-names': { kind: 'list', help: '', ignored: NOBODY_ASKED },
  'requestheader-extra-headers-prefix': { kind: 'list', help: '', ignored: NOBODY_ASKED },
  'requestheader-group-headers': { kind: 'list', help: '', ignored: NOBODY_ASKED },
  'requestheader-uid-headers': { kind: 'list', help: '', ignored: NOBODY_ASKED },
  'requestheader-username-headers': { kind: 'list', help: '', ignored: NOBODY_ASKED },
  'show-hidden-metrics-for-version': { kind: 'string', help: '', ignored: ALL_METRICS },
  'tls-cipher-suites': { kind: 'list', help: '', ignored: NODES_OWN },
  'tls-curve-preferences': { kind: 'list', help: '', ignored: NODES_OWN },
  'tls-min-version': { kind: 'string', help: '', ignored: NODES_OWN },
  'tls-sni-cert-key': { kind: 'string', help: '', ignored: 'there is one certificate' },
});
