import { goQuote } from '@kubernode/apimachinery';
import type { AuditEvent } from './audit-event.ts';

/** One line of text for an event: --audit-log-format=legacy, and how lost events are told in the server's own log. */
export function legacyLine({ auditID, stage, requestURI, verb, user, impersonatedUser, sourceIPs, userAgent, objectRef, responseStatus, receivedAt }: AuditEvent): string {
  const username = user?.name || '<none>';
  const groups = user !== undefined && user.name !== '' && user.groups.length > 0 ? quotedList(user.groups) : '<none>';
  const fields: [name: string, value: string][] = [
    ['id', auditID], ['stage', stage], ['ip', sourceIPs[0] ?? '<unknown>'], ['method', verb], ['user', username], ['groups', groups],
    ['as', impersonatedUser?.name ?? '<self>'], ['asgroups', impersonatedUser === undefined ? '<lookup>' : quotedList(impersonatedUser.groups)],
    ['user-agent', userAgent], ['namespace', objectRef?.namespace || '<none>'], ['uri', requestURI], ['response', responseStatus === undefined ? '<deferred>' : String(responseStatus.code)],
  ];
  return `${nanoTime(receivedAt)} AUDIT: ${fields.map(([name, value]) => `${name}=${goQuote(value)}`).join(' ')}`;
}

function quotedList(texts: readonly string[]): string {
  return texts.map(goQuote).join(',');
}

/** Go's RFC3339Nano: as many digits behind the second as there are, in UTC. */
function nanoTime(ms: number): string {
  const micros = String(Math.round((ms % 1000) * 1000)).padStart(6, '0').replace(/0+$/, '');
  return `${new Date(ms).toISOString().slice(0, 19)}${micros === '' ? '' : `.${micros}`}Z`;
}
