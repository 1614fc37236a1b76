import type { HeartRateMeasurement } from '../../device/profiles/heart-rate.ts';
import { SimulatedClock } from '../../simulator/clock.ts';
import { sourceContract } from '../contract/source.ts';
import { ScriptedSource } from './scripted-source.ts';

const measurement: HeartRateMeasurement = { bpm: 72, contact: 'detected', energyKj: null, rrMs: [830.078125] };

sourceContract('the scripted source', () => {
  const clock = new SimulatedClock();
  const source = new ScriptedSource();
  const script = () => {
    const monotonicMs = clock.monotonicMs();
    for (const { athlete } of source.wishes) {
      const of = { athlete, strap: `a09e1a00000${athlete}`, monotonicMs };
      if (monotonicMs === 1_000) {
        source.emit({ type: 'measurement', ...of, measurement, way: 'broadcast' });
        source.emit({ type: 'link', ...of, adapter: 'hci0', state: 'connecting' });
        source.emit({ type: 'link', ...of, adapter: 'hci0', state: 'subscribed' });
        source.emit({ type: 'battery', ...of, percent: 87, low: false });
        source.emit({ type: 'device', ...of, model: 'H10' });
        source.emit({ type: 'stranger', strap: 'a09e1a000099', monotonicMs, rssi: -70 });
      }
      source.emit({ type: 'measurement', ...of, measurement, way: 'link' });
    }
    clock.at(monotonicMs + 1_000, script);
  };
  clock.at(1_000, script);
  const wishes = ['1', '2'].map((athlete) => ({ athlete, match: { address: `a09e1a00000${athlete}` } }));
  return { source, wishes, pass: (durationMs) => clock.advanceBy(durationMs) };
});
