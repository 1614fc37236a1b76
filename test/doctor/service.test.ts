import assert from 'node:assert/strict';
import test from 'node:test';
import { serviceCheck } from '../../src/doctor/gateway/service.ts';
import { findingsOf } from './findings-of.ts';

test('of several units each is told by its name, and those that are not installed are not', async () => {
  const systemctl = `
[ "$*" = "show --no-pager --property=LoadState,ActiveState,SubState,Result,NRestarts,UnitFileState,WatchdogUSec,ExecMainStatus sideline.service sideline-radio@hci0.service sideline-radio@hci1.service" ] || exit 1
echo LoadState=loaded; echo ActiveState=active; echo SubState=running; echo NRestarts=0; echo UnitFileState=enabled
echo
echo LoadState=loaded; echo ActiveState=inactive; echo SubState=dead; echo UnitFileState=disabled
echo
echo LoadState=not-found; echo ActiveState=inactive`;
  const given = { adapters: ['hci0', 'h4:/dev/ttyACM0', 'hci1'] };
  const found = await findingsOf(serviceCheck, { programs: { systemctl }, given });
  assert.deepEqual(
    found.map(({ about, verdict, remedy }) => [about, verdict, remedy]),
    [
      ['sideline', 'ok', undefined],
      ['sideline-radio@hci0', 'failed', 'run "sudo systemctl enable --now sideline-radio@hci0"'],
    ],
  );
});
