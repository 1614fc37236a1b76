import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { builtPackage, packageAs } from '../fixtures/package.ts';
import { onThrowawayMachine } from '../fixtures/throwaway-machine.ts';
import { requires } from '../requirements.ts';

/** Later than any that this builds. */
const LATER = '99.0.0';

const NEEDS = requires('root', 'dpkg-deb', 'cc', 'aarch64-linux-gnu-g++');

describe('the package on a machine', NEEDS, () => {
  let folder = '';
  let later = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sideline-later-'));
    later = packageAs('amd64', LATER, folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const machine = (script: string) => onThrowawayMachine(script, [builtPackage('amd64'), later]);
  const INSTALL = 'dpkg --install /tmp/amd64.deb > /tmp/installed 2>&1 || { cat /tmp/installed; exit 1; }\n';
  const UPGRADE = () => `dpkg --install /tmp/${basename(later)}`;

  test('gets users, rights and units, and waits for its configuration', () => {
    const { status, output } = machine(`${INSTALL} cat /tmp/installed
      echo "units: $(cd /etc/systemd/system/multi-user.target.wants && echo sideline*)"
      stat -c '%n %U:%G %a' /etc/sideline /etc/sideline/* /var/lib/sideline
      getent passwd sideline-radio | cut -d : -f 7
      sed -n 's/^start /started: /p' /tmp/asked`);
    assert.equal(status, 0, output);
    assert.match(output, /not started: it does not know yet what this gateway is called/);
    assert.match(output, /^units: sideline-radio@hci0\.service sideline\.service$/m);
    assert.match(output, /^\/etc\/sideline root:sideline-config 750$/m);
    assert.match(output, /^\/etc\/sideline\/athletes\.yaml root:sideline-config 640$/m);
    assert.match(output, /^\/etc\/sideline\/gateway\.yaml root:sideline-config 640$/m);
    assert.match(output, /^\/var\/lib\/sideline sideline:sideline 700$/m);
    assert.match(output, /^\/usr\/sbin\/nologin$/m);
    assert.deepEqual(output.match(/^started: .*$/gm), ['started: sideline-radio@hci0.service']);
  });

  test('is not installed on a kernel of 32 bits, and says what to do', () => {
    const { status, output } = machine(`! linux32 dpkg --install /tmp/amd64.deb
      ! dpkg --status sideline 2> /dev/null | grep '^Status: install ok installed'
      ! ls /usr/lib/sideline 2> /dev/null`);
    assert.equal(status, 0, output);
    assert.match(output, /this package is for 64-bit systems \(amd64, kernel x86_64\)/);
    assert.match(output, /its kernel is i686/);
    assert.match(output, /set the card up anew with "Raspberry Pi OS \(64-bit\)"/);
  });

  test('keeps configuration and store over an upgrade, and starts again what ran and nothing else', () => {
    const { status, output } = machine(`${INSTALL} ${CONFIGURE}
      echo record > /var/lib/sideline/outbox.db
      echo 'sideline-radio@hci1.service loaded active running Radio' > /tmp/active
      : > /tmp/asked
      SIDELINE_UPGRADE_ANYWAY=1 ${UPGRADE()}
      dpkg-query --show --showformat 'version \${Version}\\n' sideline
      cat /etc/sideline/gateway.yaml /var/lib/sideline/outbox.db; sed 's/^/asked: /' /tmp/asked; ls /run
      grep -h '^# As of' /usr/share/sideline/* /etc/sideline/*; ls /etc/sideline`);
    assert.equal(status, 0, output);
    assert.match(output, /^version 99\.0\.0$/m);
    assert.equal(output.match(/^# As of 99\.0\.0\.$/gm)?.length, 2, 'the samples are new, the files are not');
    assert.match(output, /^athletes\.yaml\ngateway\.yaml\n(?!.*yaml)/m);
    assert.match(output, /^gateway: pitch-3$/m);
    assert.match(output, /^record$/m);
    const asked = output.match(/^asked: .*$/gm) ?? [];
    assert.deepEqual(
      asked.filter((line) => / (start|stop) /.test(line)),
      [
        'asked: stop sideline.service',
        'asked: stop sideline-radio@*.service',
        'asked: start sideline-radio@hci1.service',
      ],
    );
    assert.doesNotMatch(output, /sideline-running/);
  });

  test('is not upgraded while an alert is open, unless it is told to', () => {
    const { status, output } = machine(`${INSTALL} ${CONFIGURE}
      sideline simulate --athletes /etc/sideline/athletes.yaml --store /var/lib/sideline/outbox.db --speed 30 \\
        --no-faults > /tmp/log 2>&1 &
      until /usr/lib/sideline/open-alerts 2> /dev/null | grep -q .; do kill -0 $!; done
      echo 'sideline.service loaded active running Gateway' > /tmp/active
      : > /tmp/asked
      ! ${UPGRADE()}
      echo "refused: $(dpkg-query --show --showformat '\${Version} \${Status}' sideline)"
      grep -w stop /tmp/asked && exit 1
      kill -0 $!
      SIDELINE_UPGRADE_ANYWAY=1 ${UPGRADE()}
      echo "told to: $(dpkg-query --show --showformat '\${Version} \${Status}' sideline)"
      grep -x 'start sideline.service' /tmp/asked`);
    assert.equal(status, 0, output);
    assert.match(output, /not upgraded: alerts are open/);
    assert.match(output, /^sideline: {3}athlete 7 always$/m);
    assert.match(output, /sudo env SIDELINE_UPGRADE_ANYWAY=1 apt install/);
    assert.match(output, /^refused: (?!99)\S+ install ok installed$/m);
    assert.match(output, /^told to: 99\.0\.0 install ok installed$/m);
  });

  for (const state of ['active', 'activating', 'reloading']) {
    test(`is not upgraded while the gateway is ${state} and does not answer`, () => {
      const { status, output } = machine(`${INSTALL} ${CONFIGURE} ${PATIENT}
        echo ${state} > /tmp/state
        ! ${UPGRADE()}`);
      assert.equal(status, 0, output);
      assert.match(output, /not upgraded: the gateway runs and does not say whether alerts are open/);
    });
  }

  test('is upgraded when a gateway that was starting has answered, or has given up', () => {
    const { status, output } = machine(`${INSTALL} ${CONFIGURE} ${PATIENT}
      echo activating > /tmp/state
      printf '#!/bin/sh\necho asked >> /tmp/tries\n[ "$(wc -l < /tmp/tries)" = 3 ]\n' > /usr/lib/sideline/open-alerts
      ${UPGRADE()}
      echo "tries: $(wc -l < /tmp/tries)"
      printf '#!/bin/sh\necho failed > /tmp/state\nexit 1\n' > /usr/lib/sideline/open-alerts
      ${UPGRADE()}`);
    assert.equal(status, 0, output);
    assert.match(output, /^tries: 3$/m);
  });

  test('is not upgraded while a gateway runs that would not start again, and says nobody’s name', () => {
    const { status, output } = machine(`${INSTALL} ${CONFIGURE}
      echo active > /tmp/state
      printf '#!/bin/sh\n' > /usr/lib/sideline/open-alerts
      echo '  - { id: "8", name: Zwiebelfisch, strap: nonsense }' >> /etc/sideline/athletes.yaml
      : > /tmp/asked
      ! ${UPGRADE()}
      grep -w stop /tmp/asked && exit 1
      SIDELINE_UPGRADE_ANYWAY=1 ${UPGRADE()}`);
    assert.equal(status, 0, output);
    assert.match(
      output,
      /not upgraded: the gateway runs, and would not start again with the configuration as it is now/,
    );
    assert.match(output, /sudo sideline check\n.*SIDELINE_UPGRADE_ANYWAY=1/);
    assert.doesNotMatch(output, /Zwiebelfisch/);
  });

  test('takes the configuration, and keys beside it, from the group of those who only ask', () => {
    const { status, output } = machine(`${INSTALL} ${CONFIGURE}
      touch /etc/sideline/pitch-3.key /etc/sideline/environment /etc/sideline/notes
      chgrp sideline /etc/sideline /etc/sideline/*.yaml /etc/sideline/pitch-3.key
      chgrp root /etc/sideline/athletes.yaml
      chgrp users /etc/sideline/notes
      ${UPGRADE()}
      stat -c '%n %U:%G %a' /etc/sideline /etc/sideline/*`);
    assert.equal(status, 0, output);
    assert.match(output, /^\/etc\/sideline root:sideline-config 750$/m);
    for (const name of ['athletes.yaml', 'gateway.yaml', 'pitch-3.key']) {
      assert.match(output, new RegExp(`^/etc/sideline/${name} root:sideline-config`, 'm'));
    }
    assert.match(output, /^\/etc\/sideline\/environment root:root/m);
    assert.match(output, /^\/etc\/sideline\/notes root:users/m);
  });

  test('keeps what is configured and stored when it is removed, and nothing when it is purged', () => {
    const { status, output } = machine(`${INSTALL} ${CONFIGURE}
      systemctl --quiet disable sideline-radio@hci0.service
      systemctl --quiet enable sideline-radio@hci1.service
      echo record > /var/lib/sideline/outbox.db
      ln -s /usr/lib/systemd/system/sideline-backup.service /etc/systemd/system/multi-user.target.wants/
      mkdir /run/sideline-radio
      dpkg --remove sideline
      rm /etc/systemd/system/multi-user.target.wants/sideline-backup.service
      echo "removed: $(find /etc/systemd/system -name 'sideline*') $(ls /usr/lib/sideline 2> /dev/null)"
      cat /etc/sideline/gateway.yaml /var/lib/sideline/outbox.db
      : > /tmp/asked
      dpkg --install /tmp/amd64.deb
      grep -x 'start sideline-radio@hci1.service sideline.service' /tmp/asked
      echo "again: $(cd /etc/systemd/system/multi-user.target.wants && echo sideline*)"
      cat /etc/sideline/gateway.yaml
      dpkg --purge sideline
      echo "purged: $(ls -d /etc/sideline /var/lib/sideline /usr/lib/sideline /run/sideline-* 2> /dev/null)"`);
    assert.equal(status, 0, output);
    assert.match(output, /^removed:\s*$/m);
    assert.match(output, /^record$/m);
    assert.equal(output.match(/^gateway: pitch-3$/gm)?.length, 2);
    assert.match(output, /^again: sideline-radio@hci1\.service sideline\.service$/m);
    assert.match(output, /^purged:\s*$/m);
  });

  test('purged, it empties a disk of its own that the store is on, and leaves what a link leads to', () => {
    const { status, output } = machine(`${INSTALL}
      mount -t tmpfs tmpfs /var/lib/sideline
      mkdir /var/lib/sideline/lost+found /tmp/elsewhere
      touch /var/lib/sideline/outbox.db /tmp/elsewhere/kept
      ln -s /tmp/elsewhere /var/lib/sideline/link
      dpkg --purge sideline
      echo "left: $(find /var/lib/sideline -mindepth 1)" && ls /tmp/elsewhere`);
    assert.equal(status, 0, output);
    assert.match(output, /^left: $/m);
    assert.match(output, /^kept$/m);
  });
});

/** Whoever waits, waits for nothing. */
const PATIENT = `printf '#!/bin/sh\\n' > /usr/local/bin/sleep; chmod +x /usr/local/bin/sleep\n`;

/** Somebody whose every heartbeat is beyond a limit. */
const CONFIGURE = `
cat > /etc/sideline/gateway.yaml << 'EOF'
gateway: pitch-3
athletes: athletes.yaml
store: { path: /var/lib/sideline/outbox.db, max_size: 2GB }
uplink: { kind: mqtt, url: "mqtt://127.0.0.1:1883" }
EOF
cat > /etc/sideline/athletes.yaml << 'EOF'
defaults:
  rules:
    always: { kind: average, window: 10s, above: 31 }
athletes:
  - { id: "7", strap: { address: "a0:9e:1a:00:00:07" } }
EOF
`;
