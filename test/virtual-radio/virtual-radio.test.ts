import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Changes } from '../fixtures/changes.ts';
import { requires } from '../requirements.ts';
import { polarData } from './advertisement.ts';
import type { FromCentral } from './central-process.ts';
import { CODE, OPCODE, u16 } from './h4.ts';
import { numberOf } from './numbered-heart.ts';
import { ScriptedHost } from './scripted-host.ts';
import { VirtualRadio } from './virtual-radio.ts';

const options = { timeout: 120_000, ...requires('btvirt', 'cc') };

const POLAR = { name: 'Polar H10 00000001', address: 'c0:9e:1a:00:00:01', supervisionTimeoutMs: 100 };
const TICKR = { name: 'TICKR 0002', supervisionTimeoutMs: 100 };

/** Requests that a central makes at each stage (the handles are those of every strap's program). */
const REQUESTS = {
  discovering: '100100ffff0028',
  reading: '0a0d00',
  subscribing: '080a00ffff0229',
} as const;
const EXCHANGE_MTU = '020001';

describe('the virtual radio', options, () => {
  test('brings every numbered notification of two straps to a central that runs noble', async () => {
    await VirtualRadio.with(async (radio) => {
      const adapter = await radio.addAdapter();
      const straps = await radio.addStraps([
        { ...POLAR, hz: 20 },
        { ...TICKR, hz: 20 },
      ]);
      await NobleCentral.with(adapter.address, straps, async (central) => {
        for (const strap of straps) {
          await strap.until(({ counts }) => counts.confirmed >= 50, 'has sent 50 notifications');
          strap.disconnect();
          await central.until(({ disconnected }) => disconnected.has(strap.address), `has lost ${strap.name}`);
          assert.deepEqual(central.received(strap.address), strap.numbers.confirmed);
        }
        assert.equal(radio.dropped, 0);
      });
    });
  });

  test('lets a strap be heard again and again, with what it advertises and from where at that time', async () => {
    await VirtualRadio.with(async (radio) => {
      const adapter = await radio.addAdapter();
      const [strap] = await radio.addStraps([POLAR]);
      const host = await ScriptedHost.at(adapter.address);
      await host.scan(true);
      for (let heard = 0; heard < 6; heard++)
        await host.next('advertisement', ({ address }) => address === POLAR.address);

      const reading = polarData({ bpm: 140, frameCounter: 5 });
      strap.advertise({ manufacturerData: reading });
      await host.next('advertisement', ({ payload }) => payload.includes(reading));
      strap.changeAddress('c0:9e:1a:00:00:02');
      const { payload } = await host.next('advertisement', ({ address }) => address === 'c0:9e:1a:00:00:02');
      assert.ok(payload.includes(reading));
      adapter.hear('c0:9e:1a:00:00:02', -91);
      await host.next('advertisement', ({ signalDbm }) => signalDbm === -91);
      host.leave();
    });
  });

  test('ends the link of a strap whose program is killed by supervision timeout, until it is started again', async () => {
    await VirtualRadio.with(async (radio) => {
      const [strap] = await radio.addStraps([POLAR]);
      const host = await ScriptedHost.at(radio.address);
      await host.connect(strap);
      const { handle } = await host.next('linked', ({ status }) => status === 0);
      await strap.kill();
      assert.equal(strap.isAdvertising, false);
      const { reason } = await host.next('unlinked', (unlinked) => unlinked.handle === handle);
      assert.equal(reason, CODE.connectionTimeout);

      assert.equal(await host.connect(strap), 0);
      assert.equal((await host.next('linked')).status, CODE.failedToEstablish);
      await strap.start();
      await host.connect(strap);
      assert.equal((await host.next('linked')).status, 0);
      host.leave();
    });
  });

  test('lets a strap advertise again when its central has ended without a word', async () => {
    await VirtualRadio.with(async (radio) => {
      const [strap] = await radio.addStraps([POLAR]);
      const host = await ScriptedHost.at(radio.address);
      await host.connect(strap);
      await strap.until(({ link }) => link?.supervisionTimeoutMs === 6_000, 'has a link');
      assert.equal(strap.isAdvertising, false);
      host.leave();
      await strap.until(({ isAdvertising }) => isAdvertising, 'advertises again');
    });
  });

  for (const [stage, request] of Object.entries(REQUESTS) as [keyof typeof REQUESTS, string][]) {
    test(`lets a strap vanish in the middle of ${stage}, and ignore it`, async () => {
      await VirtualRadio.with(async (radio) => {
        const [strap] = await radio.addStraps([POLAR]);
        const host = await ScriptedHost.at(radio.address);
        strap.vanishAt(stage);
        await host.connect(strap);
        const first = await host.next('linked');
        host.request(first.handle, EXCHANGE_MTU);
        await host.next('data');
        host.request(first.handle, request);
        assert.equal((await host.next('unlinked')).reason, CODE.connectionTimeout);
        assert.equal(strap.isAdvertising, false);

        strap.comeBack();
        strap.ignoreFrom(stage);
        await strap.until(({ isAdvertising }) => isAdvertising, 'advertises again');
        await host.connect(strap);
        const second = await host.next('linked');
        host.request(second.handle, request);
        await strap.until(({ isSilent }) => isSilent, 'ignores the request');
        strap.answerAgain();
        host.request(second.handle, EXCHANGE_MTU);
        await host.next('data', ({ payload }) => payload[0] === 0x03);
        host.leave();
      });
    });
  }

  test('lets a strap vanish while it is being connected to', async () => {
    await VirtualRadio.with(async (radio) => {
      const [strap] = await radio.addStraps([POLAR]);
      const host = await ScriptedHost.at(radio.address);
      strap.vanishAt('connecting');
      await host.connect(strap);
      assert.equal((await host.next('linked')).status, 0);
      assert.equal((await host.next('unlinked')).reason, CODE.failedToEstablish);
      host.leave();
    });
  });

  test('keeps an attempt to connect pending until the strap is there, or until it is cancelled', async () => {
    await VirtualRadio.with(async (radio) => {
      const adapter = await radio.addAdapter();
      const [strap] = await radio.addStraps([POLAR]);
      const host = await ScriptedHost.at(adapter.address);
      strap.stopAdvertising();
      assert.equal(await host.connect(strap), 0);
      assert.equal(await host.connect(strap), CODE.commandDisallowed);
      assert.equal(await host.command(OPCODE.createConnectionCancel), 0);
      assert.equal((await host.next('linked')).status, CODE.unknownConnection);

      assert.equal(await host.connect(strap), 0);
      strap.startAdvertising();
      assert.equal((await host.next('linked')).status, 0);
      assert.deepEqual(adapter.links, [strap.address]);
      assert.equal(await host.command(OPCODE.createConnectionCancel), CODE.commandDisallowed);
      host.leave();
    });
  });

  test('lets an adapter refuse to connect while it scans and beyond its limit of links', async () => {
    await VirtualRadio.with(async (radio) => {
      const adapter = await radio.addAdapter({ maximumLinks: 1 });
      const [polar, tickr] = await radio.addStraps([POLAR, TICKR]);
      const host = await ScriptedHost.at(adapter.address);
      await host.scan(true);
      assert.equal(await host.connect(polar), CODE.commandDisallowed);
      await host.scan(false);
      assert.equal(await host.connect(polar), 0);
      assert.equal((await host.next('linked')).status, 0);
      assert.equal(await host.connect(tickr), 0);
      assert.equal((await host.next('linked')).status, CODE.limitedResources);
      assert.equal(await host.command(OPCODE.disconnect, [0, 0, CODE.remoteUserTerminated]), CODE.unknownConnection);
      host.leave();
    });
  });

  test('lets the next host find the links of an adapter that keeps them', async () => {
    await VirtualRadio.with(async (radio) => {
      const adapter = await radio.addAdapter({ keepsLinks: true });
      const [strap] = await radio.addStraps([POLAR]);
      const first = await ScriptedHost.at(adapter.address);
      await first.connect(strap);
      const { handle } = await first.next('linked');
      first.leave();
      const second = await ScriptedHost.at(adapter.address);
      assert.equal(await second.command(OPCODE.disconnect, [...u16(handle), CODE.remoteUserTerminated]), 0);
      assert.equal((await second.next('unlinked')).reason, CODE.remoteUserTerminated);
      await strap.until(({ isAdvertising }) => isAdvertising, 'advertises again');
      second.leave();
    });
  });

  test('lets a strap be heard by one adapter and not by another', async () => {
    await VirtualRadio.with(async (radio) => {
      const [near, far] = [await radio.addAdapter(), await radio.addAdapter()];
      const [strap] = await radio.addStraps([POLAR]);
      far.hear(strap.address, undefined);
      const [nearHost, farHost] = [await ScriptedHost.at(near.address), await ScriptedHost.at(far.address)];
      await farHost.connect(strap);
      await nearHost.connect(strap);
      await nearHost.next('linked');
      assert.equal(far.connectingTo, strap.address);
      for (const host of [nearHost, farHost]) host.leave();
    });
  });

  test('brings adapters and straps back after the controllers were killed', async () => {
    await VirtualRadio.with(async (radio) => {
      const adapter = await radio.addAdapter();
      const [strap] = await radio.addStraps([POLAR]);
      const before = await ScriptedHost.at(adapter.address);
      await before.connect(strap);
      await strap.until(({ link }) => link !== undefined, 'has a link');
      await radio.killController();
      await before.closed();
      await strap.until(({ link }) => link === undefined, 'has no link');

      await radio.restart();
      await strap.until(({ isAdvertising }) => isAdvertising, 'advertises again');
      const after = await ScriptedHost.at(adapter.address);
      await after.connect(strap);
      const { handle } = await after.next('linked');
      await strap.until(({ link }) => link !== undefined, 'has a link');
      strap.sendRaw(Buffer.from('1b', 'hex'));
      assert.equal((await after.next('data', (data) => data.handle === handle)).payload.toString('hex'), '1b');
      after.leave();
    });
  });

  test('lets a crowd pass by', async () => {
    await VirtualRadio.with(async (radio) => {
      const crowd = await radio.addCrowd();
      const adapter = await radio.addAdapter();
      const host = await ScriptedHost.at(adapter.address);
      await host.scan(true);
      const addresses = Array.from({ length: 40 }, (_, index) => `d0:00:00:00:00:${(index + 16).toString(16)}`);
      const passing = crowd.pass(
        ...addresses.map((address) => ({ address, manufacturerData: polarData({ bpm: 70, frameCounter: 1 }) })),
      );
      for (const address of addresses) await host.next('advertisement', (heard) => heard.address === address);
      await passing;
      host.leave();
    });
  });
});

/** Real noble in a process of its own, at the controller of an adapter's address. */
class NobleCentral {
  readonly #changes = new Changes();
  readonly #process: ChildProcess;
  readonly disconnected = new Set<string>();
  readonly #numbers = new Map<string, (number | undefined)[]>();

  static async with(
    address: string,
    straps: readonly { readonly address: string }[],
    body: (central: NobleCentral) => Promise<void>,
  ): Promise<void> {
    const central = new NobleCentral([address.replace('h4:unix:', ''), ...straps.map((strap) => strap.address)]);
    try {
      await body(central);
    } finally {
      await central.#kill();
    }
  }

  private constructor(args: readonly string[]) {
    const program = join(import.meta.dirname, 'central-process.ts');
    this.#process = spawn(process.execPath, ['--import', 'tsx', program, ...args], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#process.on('message', (message: FromCentral) => this.#said(message));
  }

  received(address: string): readonly (number | undefined)[] {
    return this.#numbers.get(address) ?? [];
  }

  async until(holds: (central: this) => boolean, what: string): Promise<void> {
    await this.#changes.until(() => holds(this), `the central ${what}`);
  }

  async #kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }

  #said({ type, address, hex = '' }: FromCentral): void {
    if (type === 'disconnected') this.disconnected.add(address);
    if (type === 'value') this.#numbers.set(address, [...this.received(address), numberOf(Buffer.from(hex, 'hex'))]);
    this.#changes.happened();
  }
}
