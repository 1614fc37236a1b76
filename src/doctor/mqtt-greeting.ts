/** Says CONNECT over a way that is open, hears what the broker answers, and takes leave. Publishes nothing. */
import type { Socket } from 'node:net';
import { ErrorWithReasonCode, type IClientOptions, MqttClient } from 'mqtt';
import { connectRefusal } from '../uplink/reason-codes.ts';
import { inTime, reasonOf } from './way.ts';

export type Greeting =
  | { readonly state: 'accepted' }
  /** By a reason code of CONNACK: MQTT 3.1.1 numbers from 1, MQTT 5 from 128. */
  | { readonly state: 'refused'; readonly code: number; readonly reason: string }
  /** No answer that was MQTT: the code is Node's, OpenSSL's or ours. */
  | { readonly state: 'failed'; readonly code: string; readonly reason: string }
  | { readonly state: 'hung-up' };

export async function greet(socket: Socket, options: IClientOptions, patienceMs: number): Promise<Greeting> {
  // An own message for an answer that does not come is wanted, and not the library's.
  const client = new MqttClient(() => socket, { ...options, reconnectPeriod: 0, connectTimeout: 2 * patienceMs });
  try {
    return await inTime(
      patienceMs,
      new Promise<Greeting>((resolve) => {
        client.once('connect', () => resolve({ state: 'accepted' }));
        client.on('error', (error) => resolve(failed(error)));
        // What the server's TLS has against us comes after its side of the handshake, as an error of the socket.
        socket.on('error', (error) => resolve(failed(error)));
        client.once('close', () => resolve({ state: 'hung-up' }));
      }),
    );
  } catch (error) {
    return { state: 'failed', ...reasonOf(error) };
  } finally {
    if (client.connected) await leave(client, patienceMs);
    client.end(true);
    socket.destroy();
  }
}

/** Politely, so that a broker does not take it for a failure. */
async function leave(client: MqttClient, patienceMs: number): Promise<void> {
  await inTime(patienceMs, client.endAsync()).catch(() => undefined);
}

function failed(error: Error): Greeting {
  if (error instanceof ErrorWithReasonCode) {
    return { state: 'refused', code: error.code, reason: connectRefusal(error.code) };
  }
  return { state: 'failed', ...reasonOf(error) };
}
