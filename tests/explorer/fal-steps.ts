/** fal and the way to it: what is sent is accepted, refused or lost; runs end; callbacks arrive, get lost, come twice. */
import { after, at, type Flaws, type ModelState, type ModelWorker, type Step } from './model-state.ts';
import { adopt } from './settle-steps.ts';

export function falSteps(state: ModelState, task: number, flaws: Flaws): Step[] {
  const attempt = at(state.attempts, task);
  return [
    ...(attempt.onTheWire ? arrivals(state, task) : []),
    ...(attempt.run === 'running' ? endings(state, task) : []),
    ...callbackSteps(state, task, flaws),
  ];
}

function arrivals(state: ModelState, task: number): Step[] {
  const waiting = state.workers.findIndex((worker) => worker.step === 'waiting' && worker.attempt === task);
  const answer = (next: ModelState, step: ModelWorker['step']) => {
    if (waiting >= 0) at(next.workers, waiting).step = step;
  };
  const accepted = after(state, `fal accepts attempt ${task}`, (next) => {
    Object.assign(at(next.attempts, task), { onTheWire: false, accepted: true, run: 'running' });
    answer(next, 'got_accepted');
  });
  const refused = after(state, `fal refuses attempt ${task}`, (next) => {
    at(next.attempts, task).onTheWire = false;
    answer(next, 'got_refused');
  });
  if (state.losses === 0) return [...accepted, ...refused];
  const dropped = after(state, `the network drops attempt ${task}`, (next) => {
    at(next.attempts, task).onTheWire = false;
    next.losses -= 1;
    answer(next, 'got_nothing');
  });
  return [...accepted, ...refused, ...dropped];
}

function endings(state: ModelState, task: number): Step[] {
  return (['ok', 'bad'] as const).flatMap((run) =>
    after(state, `attempt ${task} ends ${run} at fal`, (next) => {
      Object.assign(at(next.attempts, task), { run, callbacks: 1 });
    }),
  );
}

function callbackSteps(state: ModelState, task: number, flaws: Flaws): Step[] {
  if (at(state.attempts, task).callbacks === 0) return [];
  const deliver = after(state, `the callback of attempt ${task} arrives`, (next) => {
    at(next.attempts, task).callbacks -= 1;
    adopt(next, task, flaws);
  });
  const lose =
    state.losses > 0
      ? after(state, `the callback of attempt ${task} is lost`, (next) => {
          at(next.attempts, task).callbacks -= 1;
          next.losses -= 1;
        })
      : [];
  const double =
    state.doubles > 0
      ? after(state, `the callback of attempt ${task} is doubled`, (next) => {
          at(next.attempts, task).callbacks += 1;
          next.doubles -= 1;
        })
      : [];
  return [...deliver, ...lose, ...double];
}
