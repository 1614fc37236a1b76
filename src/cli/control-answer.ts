/** What a running gateway does when it is told something about its alerts, and what it answers. */
import type { AlertCommand } from '../domain/alert-command.ts';
import type { CommandAnswer } from '../gateway/commands.ts';
import type { Clock, Telemetry } from '../ports.ts';
import type { ControlRequest, ControlResult } from '../system/control-document.ts';
import { ControlSocket, refused } from '../system/control-socket.ts';
import type { SocketPlaces } from '../system/socket-places.ts';

export interface ControllingParts {
  readonly gateway: { command(command: AlertCommand): Promise<CommandAnswer> };
  /** Where it is to be reached, and by whom. */
  readonly sockets: SocketPlaces;
  readonly version: string;
  readonly realClock: Clock;
  readonly telemetry: Telemetry;
}

/** A socket that is not open yet, for a gateway that starts now. */
export function controllingSocket({ gateway, sockets, version, realClock, telemetry }: ControllingParts) {
  return new ControlSocket({
    path: sockets.control,
    mode: sockets.mode,
    version,
    obey: async (request) => resultOf(await gateway.command(commandOf(request))),
    clock: realClock,
    telemetry,
  });
}

function commandOf(request: ControlRequest): AlertCommand {
  const { athlete, by } = request;
  const whose = { athlete, by, ...(request.rule === undefined ? {} : { rule: request.rule }) };
  if (request.action === 'snooze') return { ...whose, action: 'snooze', forMs: request.forMs };
  return { ...whose, action: 'acknowledge', ...(request.note === undefined ? {} : { note: request.note }) };
}

function resultOf(answer: CommandAnswer): ControlResult {
  switch (answer.outcome) {
    case 'done':
      return {
        outcome: 'done',
        stored: answer.stored,
        alerts: answer.alerts.map(({ athlete, rule, alert, severity, acknowledgedBy, snoozedForMs }) => ({
          ...{ athlete, rule, alert, severity, acknowledgedBy, snoozedForMs },
        })),
      };
    case 'nothing-open':
      return { outcome: 'nothing-open', open: [...answer.open] };
    case 'unknown-athlete':
      return { outcome: 'unknown-athlete', athletes: [...answer.athletes] };
    case 'unknown-rule':
      return { outcome: 'unknown-rule', rules: [...answer.rules] };
    case 'busy':
      return refused('the store is so far behind that no more can be taken', 'look at the gateway’s log and its disk');
    case 'stopping':
      return refused('the gateway is stopping', 'try again once it has started');
  }
}
