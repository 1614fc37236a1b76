/** The one place where a real gateway is put together from its settings. */
import { TeamSource } from '../device/radio/team/team-source.ts';
import type { WorkerLine } from '../device/radio/team/worker-line.ts';
import type { GatewaySettings, UplinkSettings } from './config/gateway-schema.ts';
import type { Team } from './domain/athlete.ts';
import { type PlausibleTime, Timekeeper } from './domain/timekeeper.ts';
import { Gateway, type GatewayUplink, MIRROR, PRIMARY } from './gateway/gateway.ts';
import { SqliteOutbox } from './outbox/sqlite-outbox.ts';
import type { Clock, Telemetry, TimeAuthority, Uplink } from './ports.ts';
import { respondersOf } from './responders.ts';
import { boardSerial } from './system/board.ts';
import { bootId } from './system/boot-id.ts';
import { runName } from './system/run-name.ts';
import { Systemd } from './system/systemd.ts';
import { AwsIotUplink } from './uplink/aws-iot.ts';
import { MqttUplink } from './uplink/mqtt.ts';

export interface DaemonParts {
  readonly settings: Omit<GatewaySettings, 'athletesFile'>;
  readonly team: Team;
  /** Of the athletes file that the team is from; absent where there is none. */
  readonly athletesVersion?: string | undefined;
  /** The clock that the heartbeats go by: the machine's, or a simulation's. */
  readonly clock: Clock;
  readonly realClock: Clock;
  /** Who knows whether the clock is right; absent in a simulation, whose clock is by definition. */
  readonly timeAuthority?: TimeAuthority;
  /** Told of what the store is doing that simulated time has to wait for. */
  readonly whileStoring?: (storing: Promise<unknown>) => void;
  /** The ways to the radio workers, one an adapter: processes, or a simulation's own. */
  readonly lines: readonly WorkerLine[];
  /** Draws from [0, 1) for the radio's back-off; a simulation's own, so that its seed decides everything. */
  readonly random: () => number;
  readonly telemetry: Telemetry;
  readonly env: NodeJS.ProcessEnv;
}

/** What AWS IoT Core takes on one connection is 100 publishes and 512 KB a second. */
const AWS_IOT_RATE = { publishesPerSecond: 90, bytesPerSecond: 460_000 } as const;

/** A recording is played at its own time, whenever that was. */
const ANY_TIME: PlausibleTime = { notBeforeMs: Number.NEGATIVE_INFINITY, notAfterMs: Number.POSITIVE_INFINITY };

/** @throws OperatingError `store-locked` or `store-unusable`; nothing else is touched before `start` */
export async function assemble(parts: DaemonParts): Promise<Gateway> {
  const {
    settings,
    team,
    athletesVersion,
    clock,
    realClock,
    timeAuthority,
    whileStoring,
    lines,
    random,
    telemetry,
    env,
  } = parts;
  const { trust, waitMs: timeWaitMs } = settings.clock;
  const first = { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
  const uplinks = [
    gatewayUplink(PRIMARY, settings.uplink, parts),
    ...(settings.mirror === undefined ? [] : [gatewayUplink(MIRROR, settings.mirror, parts)]),
  ];
  const timekeeper = new Timekeeper({ trust, first, ...(timeAuthority === undefined ? { plausible: ANY_TIME } : {}) });
  const outbox = await SqliteOutbox.open({
    ...settings.store,
    bootId: bootId(),
    board: boardSerial(),
    uplinks: uplinks.map(({ role }) => role),
    onNotice: (notice) => telemetry.emit(notice),
  });
  return new Gateway({
    name: settings.gateway,
    run: runName(),
    team,
    athletesVersion,
    clock,
    realClock,
    timekeeper,
    timeAuthority: trust === 'always' ? undefined : timeAuthority,
    whileStoring,
    source: new TeamSource({ lines, clock, random, placesOf: () => settings.radio.linksPerAdapter }),
    outbox,
    uplinks,
    responder: respondersOf({ settings, outbox, timekeeper, clock: realClock, telemetry }),
    supervisor: new Systemd({ clock: realClock, telemetry, env }),
    telemetry,
    sendNotes: settings.privacy.sendNotes,
    limits: { ...settings.limits, timeWaitMs },
  });
}

/** What the uplink has acknowledged belongs to its role and not to its kind: another broker goes on where the last one stopped. */
function gatewayUplink(role: string, settings: UplinkSettings, parts: DaemonParts): GatewayUplink {
  const { realClock: clock, telemetry } = parts;
  const { gateway, limits } = parts.settings;
  const { publishesPerSecond, bytesPerSecond } = limits;
  const rate = {
    ...(settings.kind === 'aws-iot' ? AWS_IOT_RATE : {}),
    ...(publishesPerSecond === undefined ? {} : { publishesPerSecond }),
    ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
  };
  return {
    role,
    uplink: uplinkOf(gateway, settings, { clock, random: Math.random, telemetry }),
    backfillForm: settings.compression === 'gzip' ? 'compressed' : 'plain',
    rate,
  };
}

function uplinkOf(
  gateway: string,
  settings: UplinkSettings,
  shared: { clock: Clock; random: () => number; telemetry: Telemetry },
): Uplink {
  switch (settings.kind) {
    case 'mqtt':
      return new MqttUplink({ gateway, ...settings, ...shared });
    case 'aws-iot':
      return new AwsIotUplink({ gateway, ...settings, ...shared });
  }
}
