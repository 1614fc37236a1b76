import { demoTeam } from '../../../simulator/world.ts';
import { sourceContract } from '../../contract/source.ts';
import { Rig } from './rig.ts';

sourceContract('noble over simulated straps', () => {
  const named = { id: '4', strap: { name: 'Polar H10 1234ABCD' } };
  const numbered = { id: '5', strap: { serial: '0123456789' } };
  const rig = new Rig({ athletes: [...demoTeam(3), named, numbered] });
  return { source: rig.source, wishes: rig.world.wishes, pass: (durationMs) => rig.clock.advanceBy(durationMs) };
});
