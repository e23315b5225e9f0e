import type { EtcdAlarm, EtcdHash, EtcdMember, EtcdStatus } from './etcd-admin.ts';
import { EtcdError } from './etcd-error.ts';
import { readHeaderRevision } from './kv-messages.ts';
import { MessageReader } from '../protobuf/message-reader.ts';
import { ReverseWriter } from '../protobuf/reverse-writer.ts';

/** The messages of services Cluster and Maintenance. */

const ALARMS = ['none', 'noSpace', 'corrupt'] as const;
const ALARM_GET = 0, ALARM_DEACTIVATE = 2;

export function encodeEmpty(): Buffer { return new ReverseWriter().finishFramed(); }
/** `linearizable`: as the majority knows it. Members before 3.5 do not know the word and answer by themselves. */
export function encodeMemberList(linearizable: boolean): Buffer { return new ReverseWriter().bool(1, linearizable).finishFramed(); }
export function encodeMemberAdd({ peerUrls, isLearner }: { peerUrls: readonly string[]; isLearner: boolean }): Buffer {
  const writer = new ReverseWriter().bool(2, isLearner);
  for (const url of peerUrls.toReversed()) writer.string(1, url);
  return writer.finishFramed();
}
/** Of removal and promotion alike. */
export function encodeMemberId(id: bigint): Buffer { return new ReverseWriter().int(1, id).finishFramed(); }
export function encodeMoveLeader(target: bigint): Buffer { return new ReverseWriter().int(1, target).finishFramed(); }
export function encodeHashKv(revision: number): Buffer { return new ReverseWriter().int(1, revision).finishFramed(); }
export function encodeAlarmGet(): Buffer { return new ReverseWriter().int(1, ALARM_GET).finishFramed(); }

export function encodeAlarmDeactivate({ memberId, alarm }: EtcdAlarm): Buffer {
  return new ReverseWriter().int(3, ALARMS.indexOf(alarm)).int(2, memberId).int(1, ALARM_DEACTIVATE).finishFramed();
}

export function decodeMemberList(message: Buffer): EtcdMember[] {
  const members: EtcdMember[] = [];
  for (const reader = new MessageReader(message); reader.next();) if (reader.field === 2) members.push(readMember(reader.message()));
  return members;
}

/** The member that was added. */
export function decodeMemberAdd(message: Buffer): EtcdMember {
  for (const reader = new MessageReader(message); reader.next();) if (reader.field === 2) return readMember(reader.message());
  throw new EtcdError({ code: 'protocol', message: 'etcd added a member and does not say which', fateUnknown: true });
}

export function decodeHashKv(message: Buffer): EtcdHash {
  const hash: EtcdHash = { revision: 0, compactRevision: 0, hash: 0 };
  for (const reader = new MessageReader(message); reader.next();) {
    if (reader.field === 1) hash.revision = readHeaderRevision(reader.message());
    else if (reader.field === 2) hash.hash = reader.int();
    else if (reader.field === 3) hash.compactRevision = Math.max(Number(reader.bigint()), 0); // -1 before the first compaction
  }
  return hash;
}

/** A piece of a snapshot. */
export function decodeSnapshotPiece(message: Buffer): Buffer {
  for (const reader = new MessageReader(message); reader.next();) if (reader.field === 3) return reader.bytes();
  return Buffer.alloc(0);
}

export function decodeAlarms(message: Buffer): EtcdAlarm[] {
  const alarms: EtcdAlarm[] = [];
  for (const reader = new MessageReader(message); reader.next();) if (reader.field === 2) alarms.push(readAlarm(reader.message()));
  return alarms;
}

export function decodeStatus(message: Buffer): EtcdStatus {
  const status: EtcdStatus = { version: '', dbSize: 0, dbSizeInUse: 0, dbSizeQuota: 0, leader: 0n, memberId: 0n, clusterId: 0n, isLearner: false, revision: 0, raftTerm: 0, raftIndex: 0, raftAppliedIndex: 0, errors: [] };
  for (const reader = new MessageReader(message); reader.next();) {
    switch (reader.field) {
      case 1: {
        const header = reader.bytes();
        status.revision = readHeaderRevision(new MessageReader(header));
        for (const fields = new MessageReader(header); fields.next();) {
          if (fields.field === 1) status.clusterId = BigInt.asUintN(64, fields.bigint());
          else if (fields.field === 2) status.memberId = BigInt.asUintN(64, fields.bigint());
        }
        break;
      }
      case 2: status.version = reader.string(); break;
      case 3: status.dbSize = reader.int(); break;
      case 4: status.leader = BigInt.asUintN(64, reader.bigint()); break;
      case 5: status.raftIndex = reader.int(); break;
      case 6: status.raftTerm = reader.int(); break;
      case 7: status.raftAppliedIndex = reader.int(); break;
      case 8: status.errors.push(reader.string()); break;
      case 9: status.dbSizeInUse = reader.int(); break;
      case 10: status.isLearner = reader.bool(); break;
      case 12: status.dbSizeQuota = reader.int(); break;
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
