/** None of the responses may hold up another, or the pipeline: one of each kind at its worst, beside others that work. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SimulatedClock } from '../../simulator/clock.ts';
import type { Team } from '../../src/domain/athlete.ts';
import type { ResponseChoice } from '../../src/domain/response-choice.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import { ChosenResponses } from '../../src/responses/chosen-responses.ts';
import { Command } from '../../src/responses/command.ts';
import { Topic } from '../../src/responses/topic.ts';
import { SystemClock } from '../../src/system/clock.ts';
import { LogResponder } from '../../src/telemetry/log.ts';
import { clientOptions } from '../../src/uplink/mqtt-client-options.ts';
import { MqttConnection } from '../../src/uplink/mqtt-connection.ts';
import { TIMING } from '../../src/uplink/timing.ts';
import { CollectedSupervisor } from '../fakes/collected-supervisor.ts';
import { MemoryUplink } from '../fakes/memory-uplink.ts';
import { ScriptedSource } from '../fakes/scripted-source.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';
import { TemporaryStore } from '../fixtures/temporary-store.ts';
import { Heard } from '../responses/heard.ts';
import { neverAnswers, Receiver, takes } from '../responses/webhook/receiver.ts';
import { webhookOn } from '../responses/webhook/tested-webhook.ts';
import { OFFICE } from '../responses/webhook/webhook-rig.ts';
import { alwaysRight } from './ingest-rig.ts';

const EVENTS = ['raised', 'cleared', 'raised', 'cleared'];
const SECONDS = 460;

const TEAM: Team = [
  {
    id: '7',
    strap: { address: 'a09e1a000007' },
    rules: [
      {
        name: 'high',
        kind: 'average',
        severity: 'critical',
        parameters: { window: 60_000, above: 120, coverage: 0.5 },
      },
    ],
  },
];

const choice = (name: string): ResponseChoice => ({ ...OFFICE, name });

test('responses that hang hold up neither those that work, nor the pipeline, nor its stop', { timeout: 120_000 }, () =>
  TemporaryFolder.with((folder) =>
    Receiver.with(neverAnswers, (silent) =>
      Receiver.with(takes, async (receiver) => {
        const stalled = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
        await once(stalled, 'listening');
        const store = new TemporaryStore();
        let stop = async () => {};
        try {
          const outbox = store.open();
          const realClock = new SystemClock();
          const telemetry = new Heard();
          const shared = { clock: realClock, random: Math.random, telemetry };
          const calls = join(folder.path, 'calls');
          const broker = {
            url: `mqtt://127.0.0.1:${(stalled.address() as AddressInfo).port}`,
            clientId: 'pitch-3-board',
            protocol: 5,
          } as const;
          const responder = new ChosenResponses({
            always: new LogResponder(telemetry),
            telemetry,
            chosen: [
              {
                choice: choice('hanging'),
                responder: webhookOn(outbox, silent.url, { choice: choice('hanging') }).webhook,
              },
              {
                choice: choice('stubborn'),
                responder: new Command({
                  ...shared,
                  name: 'stubborn',
                  command: ['/bin/sh', '-c', "trap '' TERM; while :; do /bin/sleep 1; done"],
                  timeoutMs: 60_000,
                }),
              },
              {
                choice: choice('stalled'),
                responder: new Topic({
                  ...shared,
                  name: 'stalled',
                  gateway: 'pitch-3',
                  topic: 'touchline/alerts',
                  open: () =>
                    MqttConnection.open({
                      client: clientOptions(broker, TIMING.connectTimeoutMs),
                      clock: realClock,
                      timing: TIMING,
                    }),
                }),
              },
              { choice: choice('office'), responder: webhookOn(outbox, receiver.url).webhook },
              {
                choice: choice('lamp'),
                responder: new Command({
                  ...shared,
                  name: 'lamp',
                  command: ['/bin/sh', '-c', `echo $SIDELINE_EVENT >> ${calls}`],
                  timeoutMs: 60_000,
                }),
              },
            ],
          });
          const clock = new SimulatedClock({ startWallMs: Math.floor(Date.now() / 60_000) * 60_000 });
          const source = new ScriptedSource();
          const uplink = new MemoryUplink();
          const gateway = new Gateway({
            name: 'pitch-3',
            run: 'run-1',
            team: TEAM,
            clock,
            realClock,
            timekeeper: alwaysRight(clock.wallMs()),
            source,
            outbox,
            uplinks: [{ role: 'primary', uplink, backfillForm: 'plain', rate: {} }],
            responder,
            supervisor: new CollectedSupervisor(),
            telemetry,
            limits: { ingestQueue: 1000, groupCommitMs: 1000, inFlight: 8, timeWaitMs: 0 },
          });
          stop = () => responder.stop();
          await gateway.start();
          // Two minutes beyond the limit and two within it, twice.
          for (let second = 0; second < SECONDS; second++) {
            source.emit({
              type: 'measurement',
              athlete: '7',
              strap: 'a09e1a000007',
              monotonicMs: clock.monotonicMs(),
              measurement: { bpm: second % 240 < 120 ? 150 : 90, contact: 'detected', energyKj: null, rrMs: [] },
              way: 'link',
            });
            await clock.advanceBy(1000);
          }
          await receiver.until(({ length }) => length >= EVENTS.length);
          const events = () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []);
          while (events().length < EVENTS.length) await sleep(5);
          assert.deepEqual(events(), EVENTS);
          assert.ok(outbox.head >= SECONDS, `${outbox.head} records`);
          assert.equal(silent.received.length, 1);
          await gateway.stop('the test is over');
          assert.deepEqual(telemetry.of('gateway.stop-overdue'), []);
        } finally {
          await stop();
          store.remove();
          stalled.close();
        }
      }),
    ),
  ),
);
