/** Puts the responses of a gateway together from its settings. */
import type { GatewaySettings } from './config/gateway-schema.ts';
import type { ResponseSettings } from './config/response-schema.ts';
import type { Timekeeper } from './domain/timekeeper.ts';
import type { Clock, Outbox, Responder, Telemetry } from './ports.ts';
import { ChosenResponses } from './responses/chosen-responses.ts';
import { Command } from './responses/command.ts';
import { Topic } from './responses/topic.ts';
import { Webhook } from './responses/webhook/webhook.ts';
import { LogResponder } from './telemetry/log.ts';
import { clientOptions } from './uplink/mqtt-client-options.ts';
import { MqttConnection } from './uplink/mqtt-connection.ts';
import { TIMING } from './uplink/timing.ts';

export interface RespondersParts {
  readonly settings: Pick<GatewaySettings, 'gateway' | 'responses'>;
  readonly outbox: Outbox;
  readonly timekeeper: Timekeeper;
  /** Real time, also in a simulation. */
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

export function respondersOf(parts: RespondersParts): Responder {
  const { settings, telemetry } = parts;
  return new ChosenResponses({
    always: new LogResponder(telemetry),
    chosen: settings.responses.map((each) => ({ choice: each.choice, responder: responderOf(each, parts) })),
    telemetry,
  });
}

function responderOf(settings: ResponseSettings, parts: RespondersParts): Responder {
  const { outbox, timekeeper, clock, telemetry } = parts;
  const { gateway } = parts.settings;
  const { choice } = settings;
  const shared = { name: choice.name, gateway, clock, random: Math.random, telemetry };
  switch (settings.kind) {
    case 'topic': {
      // The uplink may connect to the same broker under the gateway's own name.
      const broker = { ...settings, clientId: `${gateway}-${choice.name}`, protocol: 5 } as const;
      const open = () =>
        MqttConnection.open({ client: clientOptions(broker, TIMING.connectTimeoutMs), clock, timing: TIMING });
      return new Topic({ ...shared, topic: settings.topic, open });
    }
    case 'webhook':
      return new Webhook({ ...settings, ...shared, url: new URL(settings.url), outbox, timekeeper });
    case 'command':
      return new Command({ ...settings, ...shared });
  }
}
