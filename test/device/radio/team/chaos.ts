/** Everything that goes wrong around a team, at random, for a while. */
import type { StrapWish } from '../../../../src/ports.ts';
import type { SimulatedTeam } from './simulated-team.ts';

const EVERY_MS = 1_000;

/** Then the faults stop: everybody is back, and stays; but for a strap that may be in quarantine, which goes home. */
export function runChaos(team: SimulatedTeam, forMs: number): void {
  const { time, random } = team;
  team.faults = {
    connect: random.between(0, 0.5),
    hang: random.between(0, 0.03),
    setUp: random.between(0, 0.3),
    end: random.between(0, 0.1),
  };
  const harm = random.between(0, 0.05);
  const mayHappen = (chance: number) => random.uniform() < chance * harm;
  let isQuarantined = false;
  const untilMs = time.nowMs + forMs;
  for (let atMs = time.nowMs + EVERY_MS; atMs < untilMs; atMs += EVERY_MS) {
    time.runUntil(atMs);
    for (const worker of team.workers.values()) {
      if (mayHappen(0.3)) team.restart(worker);
      if (mayHappen(0.3) && worker.isUp) {
        worker.hangUp();
        time.after(random.between(100, 3_000), () => {
          if (worker.isUp && !worker.isTalking) worker.hello();
        });
      }
      for (const address of [...worker.links.keys()]) if (mayHappen(1)) worker.loseLink(address);
    }
    for (const [index, strap] of team.straps.entries()) {
      if (mayHappen(1)) strap.present = !strap.present;
      if (!strap.present && strap.linkedBy !== undefined)
        team.workers.get(strap.linkedBy.adapter)?.loseLink(strap.address);
      const wish = team.wishes[index];
      if (wish !== undefined && !('address' in wish.match) && mayHappen(0.3)) team.changeAddress(strap);
    }
    const [bad] = team.straps;
    if (bad !== undefined && mayHappen(0.5)) {
      isQuarantined = true;
      for (const adapter of team.workers.keys()) team.tell({ type: 'fault', adapter, strap: bad.address });
    }
    if (mayHappen(2)) team.tell({ type: 'wish', wishes: changed(team) });
    if (mayHappen(2)) {
      const athletes = team.wishes.map(({ athlete }) => athlete).filter(() => random.uniform() < 0.3);
      team.tell({ type: 'prefer', athletes: new Set(athletes) });
    }
  }
  time.runUntil(untilMs);
  team.tell({ type: 'wish', wishes: team.wishes });
  team.faults = { connect: 0, hang: 0, setUp: 0, end: 0 };
  for (const [index, strap] of team.straps.entries()) strap.present = index > 0 || !isQuarantined;
}

/** The athletes file as somebody may have changed it: some have left, and some have exchanged their straps. */
function changed({ wishes, random }: SimulatedTeam): StrapWish[] {
  const left = wishes.filter(() => random.uniform() < 0.8);
  const matches = left.map(({ match }) => match);
  const isTurned = random.uniform() < 0.3;
  return left.map(({ athlete, match }, index) => ({
    athlete,
    match: isTurned ? (matches[(index + 1) % matches.length] ?? match) : match,
  }));
}
