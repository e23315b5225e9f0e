import type { EtcdAlarm, EtcdMember, EtcdStatus } from './etcd-client.ts';
import { readHeaderRevision } from './kv-messages.ts';
import { MessageReader, ReverseWriter } from './protobuf.ts';

/** The messages of services Lease, Cluster and Maintenance. */

const ALARMS = ['none', 'noSpace', 'corrupt'] as const;
const ALARM_GET = 0, ALARM_DEACTIVATE = 2;

export function encodeLeaseGrant(ttlSeconds: number): Buffer { return new ReverseWriter().int(1, ttlSeconds).finishFramed(); }
/** Of revocation and keep-alive alike. */
export function encodeLeaseId(id: bigint): Buffer { return new ReverseWriter().int(1, id).finishFramed(); }
export function encodeEmpty(): Buffer { return new ReverseWriter().finishFramed(); }
export function encodeMemberList(): Buffer { return new ReverseWriter().bool(1, true).finishFramed(); }
export function encodeAlarmGet(): Buffer { return new ReverseWriter().int(1, ALARM_GET).finishFramed(); }

export function encodeAlarmDeactivate({ memberId, alarm }: EtcdAlarm): Buffer {
  return new ReverseWriter().int(3, ALARMS.indexOf(alarm)).int(2, memberId).int(1, ALARM_DEACTIVATE).finishFramed();
}

/** Of grants and keep-alives alike. */
export function decodeLease(message: Buffer): { id: bigint; ttlSeconds: number } {
  const lease = { id: 0n, ttlSeconds: 0 };
  for (const reader = new MessageReader(message); reader.next();) {
    if (reader.field === 2) lease.id = reader.bigint();
    else if (reader.field === 3) lease.ttlSeconds = Math.max(Number(reader.bigint()), 0); // -1 for a lease that is gone
  }
  return lease;
}

export function decodeMemberList(message: Buffer): EtcdMember[] {
  const members: EtcdMember[] = [];
  for (const reader = new MessageReader(message); reader.next();) if (reader.field === 2) members.push(readMember(reader.message()));
  return members;
}

export function decodeAlarms(message: Buffer): EtcdAlarm[] {
  const alarms: EtcdAlarm[] = [];
  for (const reader = new MessageReader(message); reader.next();) if (reader.field === 2) alarms.push(readAlarm(reader.message()));
  return alarms;
}

export function decodeStatus(message: Buffer): EtcdStatus {
  const status: EtcdStatus = { version: '', dbSize: 0, dbSizeInUse: 0, leader: 0n, memberId: 0n, revision: 0, errors: [] };
  for (const reader = new MessageReader(message); reader.next();) {
    switch (reader.field) {
      case 1: {
        const header = reader.bytes();
        status.revision = readHeaderRevision(new MessageReader(header));
        for (const fields = new MessageReader(header); fields.next();) if (fields.field === 2) status.memberId = BigInt.asUintN(64, fields.bigint());
        break;
      }
      case 2: status.version = reader.string(); break;
      case 3: status.dbSize = reader.int(); break;
      case 4: status.leader = BigInt.asUintN(64, reader.bigint()); break;
      case 8: status.errors.push(reader.string()); break;
      case 9: status.dbSizeInUse = reader.int(); break;
    }
  }
  return status;
}

function readMember(reader: MessageReader): EtcdMember {
  const member: EtcdMember = { id: 0n, name: '', peerUrls: [], clientUrls: [], isLearner: false };
  while (reader.next()) {
    switch (reader.field) {
      case 1: member.id = BigInt.asUintN(64, reader.bigint()); break;
      case 2: member.name = reader.string(); break;
      case 3: member.peerUrls.push(reader.string()); break;
      case 4: member.clientUrls.push(reader.string()); break;
      case 5: member.isLearner = reader.bool(); break;
    }
  }
  return member;
}

function readAlarm(reader: MessageReader): EtcdAlarm {
  const alarm: EtcdAlarm = { memberId: 0n, alarm: 'none' };
  while (reader.next()) {
    if (reader.field === 1) alarm.memberId = BigInt.asUintN(64, reader.bigint());
    else if (reader.field === 2) alarm.alarm = ALARMS[reader.int()] ?? 'none';
  }
  return alarm;
}
