/** The one place where a real gateway is put together from its settings. */
import { TeamSource } from '../device/radio/team/team-source.ts';
import type { WorkerLine } from '../device/radio/team/worker-line.ts';
import type { GatewaySettings, UplinkSettings } from './config/gateway-schema.ts';
import type { Team } from './domain/athlete.ts';
import { Gateway } from './gateway/gateway.ts';
import { SqliteOutbox } from './outbox/sqlite-outbox.ts';
import type { Clock, Telemetry, Uplink } from './ports.ts';
import { bootId } from './system/boot-id.ts';
import { Systemd } from './system/systemd.ts';
import { LogResponder } from './telemetry/log.ts';
import { AwsIotUplink } from './uplink/aws-iot.ts';
import { MqttUplink } from './uplink/mqtt.ts';

export interface DaemonParts {
  readonly settings: Omit<GatewaySettings, 'athletesFile'>;
  readonly team: Team;
  /** The clock that the heartbeats go by: the machine's, or a simulation's. */
  readonly clock: Clock;
  readonly realClock: Clock;
  /** The ways to the radio workers, one an adapter: processes, or a simulation's own. */
  readonly lines: readonly WorkerLine[];
  /** Draws from [0, 1) for the radio's back-off; a simulation's own, so that its seed decides everything. */
  readonly random: () => number;
  readonly telemetry: Telemetry;
  readonly env: NodeJS.ProcessEnv;
}

/** Cursors belong to the role and not to the kind of uplink: another broker goes on where the last one stopped. */
const UPLINK_ROLE = 'primary';

/** @throws OperatingError `store-locked` or `store-unusable`; nothing else is touched before `start` */
export function assemble(parts: DaemonParts): Gateway {
  const { settings, team, clock, realClock, lines, random, telemetry, env } = parts;
  return new Gateway({
    name: settings.gateway,
    team,
    clock,
    realClock,
    source: new TeamSource({ lines, clock, random, placesOf: () => settings.radio.linksPerAdapter }),
    outbox: SqliteOutbox.open({ ...settings.store, bootId: bootId(), uplink: UPLINK_ROLE }),
    uplink: uplinkOf(settings.gateway, settings.uplink, { clock: realClock, random: Math.random, telemetry }),
    responder: new LogResponder(telemetry),
    supervisor: new Systemd({ telemetry, env }),
    telemetry,
    limits: settings.limits,
  });
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
