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
      ! grep -w start /tmp/asked`);
    assert.equal(status, 0, output);
    assert.match(output, /not started: it does not know yet what this gateway is called/);
    assert.match(output, /^units: sideline-radio@hci0\.service sideline\.service$/m);
    assert.match(output, /^\/etc\/sideline root:sideline 750$/m);
    assert.match(output, /^\/etc\/sideline\/athletes\.yaml root:sideline 640$/m);
    assert.match(output, /^\/etc\/sideline\/gateway\.yaml root:sideline 640$/m);
    assert.match(output, /^\/var\/lib\/sideline sideline:sideline 700$/m);
    assert.match(output, /^\/usr\/sbin\/nologin$/m);
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
      cat /etc/sideline/gateway.yaml /var/lib/sideline/outbox.db; sed 's/^/asked: /' /tmp/asked; ls /run`);
    assert.equal(status, 0, output);
    assert.match(output, /^version 99\.0\.0$/m);
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

  test('is not upgraded while the gateway runs and does not answer', () => {
    const { status, output } = machine(`${INSTALL} ${CONFIGURE}
      echo 'sideline.service loaded active running Gateway' > /tmp/active
      ! ${UPGRADE()}`);
    assert.equal(status, 0, output);
    assert.match(output, /not upgraded: the gateway runs and does not say whether alerts are open/);
  });

  test('keeps what is configured and stored when it is removed, and nothing when it is purged', () => {
    const { status, output } = machine(`${INSTALL} ${CONFIGURE}
      systemctl --quiet disable sideline-radio@hci0.service
      systemctl --quiet enable sideline-radio@hci1.service
      echo record > /var/lib/sideline/outbox.db
      dpkg --remove sideline
      echo "removed: $(find /etc/systemd/system -name 'sideline*') $(ls /usr/lib/sideline 2> /dev/null)"
      cat /etc/sideline/gateway.yaml /var/lib/sideline/outbox.db
      : > /tmp/asked
      dpkg --install /tmp/amd64.deb
      grep -x 'start sideline-radio@hci1.service sideline.service' /tmp/asked
      echo "again: $(cd /etc/systemd/system/multi-user.target.wants && echo sideline*)"
      cat /etc/sideline/gateway.yaml
      dpkg --purge sideline
      echo "purged: $(ls -d /etc/sideline /var/lib/sideline /usr/lib/sideline /run/sideline-running 2> /dev/null)"`);
    assert.equal(status, 0, output);
    assert.match(output, /^removed:\s*$/m);
    assert.match(output, /^record$/m);
    assert.equal(output.match(/^gateway: pitch-3$/gm)?.length, 2);
    assert.match(output, /^again: sideline-radio@hci1\.service sideline\.service$/m);
    assert.match(output, /^purged:\s*$/m);
  });
});

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
