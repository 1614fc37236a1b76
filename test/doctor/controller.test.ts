import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import type { WorkerHello } from '../../device/radio/team/watch-line.ts';
import { askApart } from '../../src/doctor/apart.ts';
import { controllerFacts, controllerVerdicts } from '../../src/doctor/controller.ts';
import type { GatewayAnswer } from '../../src/doctor/finding.ts';
import { type ControllerAnswer, controllerAnswerSchema, kernelAnswerSchema } from '../../src/doctor/probe-answers.ts';
import { statusDocument } from '../fixtures/status-document.ts';
import { assertOnPage } from './page-rows.ts';

const ask = (adapter: string): Promise<ControllerAnswer> => askApart(['h4', adapter], controllerAnswerSchema);

/** Something at the end of a Unix socket, which gives these bytes to everything that it is sent. */
async function withServer<T>(answers: readonly Buffer[], body: (adapter: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'sideline-controller-'));
  const path = join(folder, 'controller');
  const server: Server = createServer((socket) => {
    const rest = [...answers];
    socket.on('error', () => {});
    socket.on('data', () => void socket.write(rest.shift() ?? Buffer.alloc(0)));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    return await body(`h4:unix:${path}`);
  } finally {
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  }
}

/** Command Complete of HCI Reset, and of Read BD_ADDR with the address a0:9e:1a:00:00:07. */
const GOOD = ['040e0401030c00', '040e0a010910000700001a9ea0'].map((hex) => Buffer.from(hex, 'hex'));

const NO_GATEWAY = async (): Promise<GatewayAnswer> => ({ state: 'none' });

async function verdictOn(adapter: string) {
  const facts = await controllerFacts({
    adapters: ['hci0', adapter],
    askWorker: async () => ({ state: 'none' }),
    askGatewayNow: NO_GATEWAY,
    askController: ask,
  });
  const [only, ...more] = controllerVerdicts(facts);
  assert.deepEqual(more, []);
  assert.equal(only?.about, adapter);
  return only;
}

test('a controller that answers is good, and said by its address', async () => {
  const found = await withServer(GOOD, verdictOn);
  assert.deepEqual([found?.verdict, found?.evidence], ['ok', 'it answers as a0:9e:1a:00:00:07']);
});

test('a controller that takes everything and answers nothing has failed', async () => {
  const found = await withServer([], verdictOn);
  assert.equal(found?.verdict, 'failed');
  assert.match(found?.evidence ?? '', /no answer to the command reset/);
  assert.match(found?.remedy ?? '', /unplug it and plug it in again/);
});

test('something that is no controller has failed', async () => {
  const found = await withServer([Buffer.from('HTTP/1.1 400 Bad Request\r\n')], verdictOn);
  assert.equal(found?.verdict, 'failed');
  assert.match(found?.evidence ?? '', /begins no H4 packet/);
});

test('a controller that is not there has failed, with the remedy of its kind', async () => {
  const found = await verdictOn('h4:unix:/none/such');
  assert.equal(found?.verdict, 'failed');
  assert.match(found?.evidence ?? '', /no Bluetooth controller at \/none\/such/);
  assert.match(found?.remedy ?? '', /start what offers the controller/);
});

test('a controller that a gateway uses is asked nothing, and one of a worker that is left and cannot use it is', async () => {
  const hello: WorkerHello = { type: 'hello', version: 1, adapter: 'h4:/dev/ttyACM0', pid: 7, ready: true, links: [] };
  const parts = {
    adapters: ['h4:/dev/ttyACM0'],
    askGatewayNow: NO_GATEWAY,
    askController: () => assert.fail('it was asked'),
  };
  const used = controllerVerdicts(
    await controllerFacts({ ...parts, askWorker: async () => ({ state: 'answered', hello }) }),
  );
  assert.deepEqual(
    used.map(({ verdict, evidence }) => [verdict, evidence]),
    [['ok', 'a gateway uses it now, by process 7, links: 0']],
  );
  const answer: ControllerAnswer = { state: 'silent', reason: 'no answer' };
  const unused = controllerVerdicts(
    await controllerFacts({
      ...parts,
      askWorker: async () => ({ state: 'answered', hello: { ...hello, ready: false } }),
      askController: async () => answer,
    }),
  );
  assert.deepEqual(
    unused.map(({ verdict, evidence }) => [verdict, evidence]),
    [['failed', 'no answer']],
  );
});

test('a controller whose gateway does not answer is asked nothing, and is a warning', async () => {
  const facts = await controllerFacts({
    adapters: ['h4:/dev/ttyACM0'],
    askWorker: async () => ({ state: 'silent', reason: 'it does not say hello' }),
    askGatewayNow: NO_GATEWAY,
    askController: () => assert.fail('it was asked'),
  });
  const [found] = controllerVerdicts(facts);
  assert.equal(found?.verdict, 'warning');
  assert.match(found?.evidence ?? '', /it does not say hello$/);
});

test('no controller is reset where a gateway runs, may run, or cannot be told of, whatever worker was found', async () => {
  const adapter = 'h4:/dev/ttyACM0';
  const hello: WorkerHello = { type: 'hello', version: 1, adapter, pid: 7, ready: false, links: [] };
  const running = (...adapters: { adapter: string; state: 'ready' | 'lost' }[]): GatewayAnswer => ({
    state: 'answered',
    status: statusDocument({ adapters }),
  });
  const answers: [GatewayAnswer, string, RegExp][] = [
    [running({ adapter, state: 'ready' }), 'ok', /^the running gateway uses it$/],
    [running({ adapter, state: 'lost' }), 'warning', /^the running gateway cannot use it now$/],
    [running(), 'warning', /^the running gateway does not go by it$/],
    [{ state: 'silent', reason: 'process 7 has the store' }, 'warning', /a gateway may be using it: process 7 has/],
    [
      { state: 'unknown', reason: 'none was named', remedy: 'add --config FILE' },
      'skipped',
      /named; add --config FILE$/,
    ],
  ];
  for (const [answer, verdict, evidence] of answers) {
    for (const worker of [{ state: 'none' }, { state: 'answered', hello }] as const) {
      const facts = await controllerFacts({
        adapters: [adapter],
        askWorker: async () => worker,
        askGatewayNow: async () => answer,
        askController: () => assert.fail('it was reset'),
      });
      const [found, ...more] = controllerVerdicts(facts);
      assert.ok(found !== undefined && more.length === 0);
      assert.equal(found.verdict, verdict);
      assert.match(found.evidence, evidence);
      assertOnPage('bluetooth-controller', found);
    }
  }
});

test('a probe that crashes is an answer like any other', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sideline-crash-'));
  const before = process.env['NODE_OPTIONS'];
  try {
    await writeFile(join(folder, 'crash.cjs'), 'process.kill(process.pid, "SIGSEGV");\n');
    process.env['NODE_OPTIONS'] = `--require ${join(folder, 'crash.cjs')}`;
    const answer = await askApart(['kernel'], kernelAnswerSchema);
    assert.deepEqual(answer, { state: 'crashed', reason: 'it was ended by SIGSEGV' });
    const [found] = controllerVerdicts([{ adapter: 'h4:/dev/ttyACM0', answer: await ask('h4:/dev/ttyACM0') }]);
    assert.equal(found?.verdict, 'failed');
  } finally {
    if (before === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = before;
    await rm(folder, { recursive: true, force: true });
  }
});

test('the kernel’s socket is asked for in a process of its own, whatever this machine has', async () => {
  const answer = await askApart(['kernel'], kernelAnswerSchema);
  assert.ok(answer.state === 'open' || answer.state === 'refused', JSON.stringify(answer));
});
