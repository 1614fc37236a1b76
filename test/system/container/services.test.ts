import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import test from 'node:test';
import { Changes } from '../../fixtures/changes.ts';
import { strapsOf } from '../radio/straps.ts';
import {
  CALM,
  CANARY,
  CORE,
  GATEWAY,
  InstalledGateway,
  PATIENCE_MS,
  RECEIVER_URL,
  requiresInstalling,
} from './installed-gateway.ts';
import { probe } from './sandbox-probe.ts';

/** What is to happen at an alert, so that it can be seen to happen from within the sandbox. */
const RESPONSES = {
  responses: {
    lamp: { kind: 'command', command: ['/usr/bin/touch', '/var/lib/sideline/lamp'] },
    office: { kind: 'webhook', url: RECEIVER_URL, secret: `whsec_${Buffer.alloc(24, 7).toString('base64')}` },
  },
  webhook_hosts: [new URL(RECEIVER_URL).host],
  allow_commands: true,
};

const STRAPS = strapsOf(3, { hz: 4, heart: { kind: 'steady', bpm: 150 } });
const OPTIONS = { straps: STRAPS, settings: RESPONSES };

test('the services as the package installs them', { timeout: PATIENCE_MS, ...requiresInstalling() }, (t) =>
  InstalledGateway.with(OPTIONS, async (gateway) => {
    const { container, radioUnit } = gateway;

    await t.test('are active, and the gateway has said that it is ready and how it is', async () => {
      await gateway.untilReceived(3);
      assert.equal(await container.property(CORE, 'ActiveState'), 'active');
      assert.equal(await container.property(radioUnit, 'ActiveState'), 'active');
      assert.equal(await container.property(CORE, 'Type'), 'notify');
      await container.untilProperty(CORE, 'StatusText', /uplink/);
      assert.deepEqual(
        (await gateway.status()).adapters.map(({ state }) => state),
        ['ready'],
      );
    });

    await t.test('run as users of their own, without privileges but for raw Bluetooth', async () => {
      const core = await processOf(gateway, CORE);
      const radio = await processOf(gateway, radioUnit);
      assert.notEqual(core.user, '0');
      assert.notEqual(radio.user, '0');
      assert.notEqual(core.user, radio.user);
      assert.deepEqual(core.capabilities, { inheritable: 0n, permitted: 0n, effective: 0n, bounding: 0n, ambient: 0n });
      const raw = 1n << CAP_NET_RAW;
      assert.deepEqual(radio.capabilities, {
        inheritable: raw,
        permitted: raw,
        effective: raw,
        bounding: raw,
        ambient: raw,
      });
      for (const { noNewPrivileges, seccomp } of [core, radio]) {
        assert.equal(noNewPrivileges, '1');
        assert.equal(seccomp, SECCOMP_FILTER);
      }
    });

    await t.test('cannot get at what is none of theirs: the gateway', async () => {
      await container.sure('install', ['-d', '-m', '700', '/etc/credstore']);
      await container.sure('install', ['-m', '600', '/etc/hostname', '/etc/credstore/sideline.key']);
      const lines = {
        itsKey: 'test -s "$CREDENTIALS_DIRECTORY/sideline.key" && cat "$CREDENTIALS_DIRECTORY/sideline.key"',
        itsConfiguration: 'cat /etc/sideline/gateway.yaml > /dev/null',
        itsStore: 'test -r /var/lib/sideline/outbox.db',
        itsFolder: 'touch /run/sideline/probe && rm /run/sideline/probe',
        theRadios: 'test -x /run/sideline-radio && ls /run/sideline-radio',
        theClock: 'timedatectl show --property=NTPSynchronized --value',
        theNetwork: socket('AF_INET'),
        netlink: socket('AF_NETLINK'),
      };
      const refused = {
        rootsKey: 'cat /etc/credstore/sideline.key',
        configuration: 'echo >> /etc/sideline/gateway.yaml',
        newConfiguration: 'touch /etc/sideline/probe',
        programs: 'touch /usr/lib/sideline/probe',
        secrets: 'cat /etc/shadow',
        homes: 'ls /root',
        packets: socket('AF_PACKET'),
        bluetooth: socket('AF_BLUETOOTH'),
        namespaces: 'unshare --user true',
        mounts: 'mount -t tmpfs tmpfs /tmp',
        itsOwnPrograms: 'cp /usr/bin/true /var/lib/sideline/probe; /var/lib/sideline/probe',
        programsInTmp: 'cp /usr/bin/true /tmp/probe; /tmp/probe',
        others: 'test -e /proc/1/status',
        devices: 'test -e /dev/console',
        setUser: 'setpriv --reuid=0 true',
      };
      const probed = await probe(container, CORE, [...Object.values(lines), ...Object.values(refused)]);
      assert.deepEqual(ended(lines, probed, true), []);
      assert.match(probed[lines.theClock]?.printed ?? '', /^(yes|no)$/);
      assert.deepEqual(ended(refused, probed, false), []);
    });

    await t.test('cannot get at what is none of theirs: the radio', async () => {
      const lines = {
        itsSockets: 'touch /run/sideline-radio/probe && rm /run/sideline-radio/probe',
        unix: socket('AF_UNIX'),
      };
      const refused = {
        configuration: 'cat /etc/sideline/gateway.yaml',
        whatThereIsOfIt: 'ls -d /etc/sideline/*',
        store: 'ls /var/lib/sideline/*',
        control: 'ls /run/sideline/*',
        keys: 'ls /etc/credstore/*',
        bus: 'busctl --system list',
        network: socket('AF_INET'),
        network6: socket('AF_INET6'),
        packets: socket('AF_PACKET'),
        netlink: socket('AF_NETLINK'),
        namespaces: 'unshare --user true',
        files: 'touch /var/lib/probe || touch /etc/probe || touch /usr/probe',
        programsInTmp: 'cp /usr/bin/true /tmp/probe; /tmp/probe',
        others: 'test -e /proc/1/status',
        kernel: 'test -e /proc/sys',
      };
      const probed = await probe(container, 'sideline-radio@.service', [
        ...Object.values(lines),
        ...Object.values(refused),
      ]);
      assert.deepEqual(ended(lines, probed, true), []);
      assert.deepEqual(ended(refused, probed, false), []);
    });

    await t.test(
      'answer the members of their group, who need not read the configuration, and nobody else',
      async () => {
        const asNobody = ['--reuid=nobody', '--regid=nogroup'];
        const ask = (groups: string) => container.run('setpriv', [...asNobody, groups, 'sideline', 'status', '--json']);
        const member = await ask('--groups=sideline');
        assert.equal(member.code, 0, member.stderr);
        assert.equal((JSON.parse(member.stdout) as { gateway: string }).gateway, GATEWAY);
        for (const path of [
          '/etc/sideline',
          ...['gateway.yaml', 'athletes.yaml'].map((name) => `/etc/sideline/${name}`),
        ]) {
          const read = await container.run('setpriv', [...asNobody, '--groups=sideline', 'find', path, '-type', 'f']);
          assert.doesNotMatch(read.stdout, /./, path);
          assert.match(read.stderr, /Permission denied/, path);
        }
        const stranger = await ask('--clear-groups');
        assert.equal(stranger.code, 1);
        assert.equal(stranger.stdout, '');
      },
    );

    await t.test(
      'reload the athletes file in the same process, and its alerts reach broker, webhook and command',
      async () => {
        const receiver = await Receiver.at(gateway.door('receiver'));
        const before = await gateway.status();
        const pid = await container.property(CORE, 'MainPID');
        gateway.writeAthletesFile({ high: { kind: 'sustained', above: 140, for: '5s' } });
        await container.sure('systemctl', ['reload', CORE]);
        await gateway.subscriber.waitFor(() => gateway.received.filter(({ kind }) => kind === 'alerts').length >= 3);
        const after = await gateway.status();
        assert.notEqual(after.athletesFile?.version, before.athletesFile?.version);
        assert.deepEqual(
          after.athletes.map(({ openAlerts }) => openAlerts),
          [['high'], ['high'], ['high']],
        );
        assert.equal(await container.property(CORE, 'MainPID'), pid);
        assert.equal(await container.property(CORE, 'ActiveState'), 'active');
        await receiver.changes.until(() => receiver.athletes.size === 3, 'webhooks of all three have come');
        await container.until('the command has run', () => existsSync(container.path('/var/lib/sideline/lamp')));
        await receiver.close();
        gateway.writeAthletesFile(CALM);
        await container.sure('systemctl', ['reload', CORE]);
      },
    );

    await t.test('come again after kill -9, and nothing that was stored is lost', async () => {
      for (const unit of [CORE, radioUnit, CORE]) {
        const pid = await container.property(unit, 'MainPID');
        await container.sure('kill', ['-9', pid]);
        await container.until('it runs again', async () => {
          const { stdout } = await container.run('systemctl', ['show', unit, '--property=MainPID,ActiveState']);
          return stdout.includes('ActiveState=active') && !stdout.includes(`MainPID=${pid}\n`);
        });
        await gateway.untilReceived(4);
      }
    });

    await t.test('say in the journal who they are and how grave it is, and nobody’s name', async () => {
      const entries = (await container.journal(CORE)).filter(({ _COMM = '' }) => _COMM !== 'systemd');
      assert.ok(entries.length > 10);
      for (const { SYSLOG_IDENTIFIER, PRIORITY, MESSAGE = '' } of entries) {
        assert.equal(SYSLOG_IDENTIFIER, 'sideline');
        const { level } = JSON.parse(MESSAGE) as { level: string };
        assert.equal(PRIORITY, PRIORITIES[level], MESSAGE);
      }
      const everything = JSON.stringify([
        await container.journal(),
        gateway.received,
        await gateway.status(),
        await container.sure('systemctl', ['show', CORE, radioUnit]),
        await container.sure('sideline', ['status', '--config', '/etc/sideline/gateway.yaml']),
      ]);
      assert.ok(everything.includes('strap.subscribed'));
      assert.ok(!everything.includes(CANARY));
    });

    await t.test('stop in time, in either order, with everything delivered', async () => {
      await gateway.assertAllDelivered();
      await container.sure('systemctl', ['stop', radioUnit]);
      for (const unit of [CORE, radioUnit]) {
        assert.equal(await container.property(unit, 'Result'), 'success');
        assert.equal(await container.property(unit, 'ExecMainStatus'), '0');
      }
    });

    await t.test(
      'are not started again with an invalid configuration, of which the journal tells everything',
      async () => {
        gateway.writeGatewayFile({ gateway: 'pitch 3', athlets: 'x.yaml' });
        assert.notEqual((await container.run('systemctl', ['start', CORE])).code, 0);
        assert.equal(await container.property(CORE, 'ActiveState'), 'failed');
        assert.equal(await container.property(CORE, 'ExecMainStatus'), '78');
        assert.equal(await container.property(CORE, 'NRestarts'), '0');
        const said = (await container.journal(CORE)).map(({ MESSAGE }) => MESSAGE).join('\n');
        assert.match(said, /gateway\.yaml:1:\d+: "gateway" is "…", which cannot name a gateway/);
        assert.match(said, /gateway\.yaml:1:\d+: unknown key "…"; did you mean "athletes"/);
        assert.match(said, /run "sideline check" at a terminal/);
        assert.doesNotMatch(said, /pitch 3|athlets/, 'what is quoted of a file may be a name');
        gateway.writeGatewayFile();
        await container.sure('systemctl', ['start', CORE]);
      },
    );
  }),
);

/** Takes webhooks, and remembers whose alerts they told of. */
class Receiver {
  readonly athletes = new Set<string>();
  readonly changes = new Changes();
  readonly #server = createServer(async (request, response) => {
    const { alerts } = (await json(request)) as { alerts: { athlete: string }[] };
    for (const { athlete } of alerts) this.athletes.add(athlete);
    response.writeHead(204).end();
    this.changes.happened();
  });

  static async at(path: string): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.#server.listen(path);
    await once(receiver.#server, 'listening');
    return receiver;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** As the kernel numbers it (capability.h). */
const CAP_NET_RAW = 13n;

/** In /proc/PID/status, of a process whose system calls are filtered. */
const SECCOMP_FILTER = '2';

/** Of syslog(3), by the names of levels. */
const PRIORITIES: Readonly<Record<string, string>> = { error: '3', warn: '4', info: '6', debug: '7' };

/** By the numbers of socket.h. */
const FAMILIES = { AF_UNIX: 1, AF_INET: 2, AF_INET6: 10, AF_NETLINK: 16, AF_PACKET: 17, AF_BLUETOOTH: 31 };

/** EAFNOSUPPORT is what a family gives that is not to be used; whoever only may not gets EPERM. */
function socket(family: keyof typeof FAMILIES): string {
  const type = family === 'AF_NETLINK' || family === 'AF_PACKET' || family === 'AF_BLUETOOTH' ? 3 : 1;
  return `perl -e 'socket(S, ${FAMILIES[family]}, ${type}, 0) or exit($! == 97 ? 97 : 0)'`;
}

/** Those of the commands that did not end as they were to. */
function ended(
  lines: Readonly<Record<string, string>>,
  probed: Awaited<ReturnType<typeof probe>>,
  succeeds: boolean,
): string[] {
  return Object.entries(lines)
    .filter(([, line]) => (probed[line]?.code === 0) !== succeeds)
    .map(([name, line]) => `${name}: ${probed[line]?.code} ${probed[line]?.printed}`);
}

async function processOf({ container }: InstalledGateway, unit: string) {
  const pid = await container.property(unit, 'MainPID');
  const text = await container.sure('cat', [`/proc/${pid}/status`]);
  const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(text)?.[1] ?? assert.fail(name);
  const set = (name: string) => BigInt(`0x${field(name)}`);
  return {
    user: field('Uid'),
    noNewPrivileges: field('NoNewPrivs'),
    seccomp: field('Seccomp'),
    capabilities: {
      inheritable: set('CapInh'),
      permitted: set('CapPrm'),
      effective: set('CapEff'),
      bounding: set('CapBnd'),
      ambient: set('CapAmb'),
    },
  };
}
