/** The steps of an order as stations on the courier's road, with the courier at the one being worked on. */
import type { Saga, SagaStep } from '../api/orders.ts';
import { formatElapsed } from '../i18n/format.ts';
import { t } from '../i18n/locale.ts';
import { hasMessage } from '../i18n/messages.ts';
import { Courier } from '../ui/courier.tsx';

export function Journey({ saga }: { saga: Saga }) {
  const current = currentStep(saga.steps);
  return (
    <ol class="journey" data-state={saga.state}>
      {saga.steps.map((step, index) => (
        <li key={step.name} class="station" data-state={step.state} aria-current={index === current ? 'step' : undefined}>
          <span class="station-mark" aria-hidden="true">
            <svg viewBox="0 0 24 24" class="icon">
              <path d={marks[step.state] ?? marks.pending} />
            </svg>
          </span>
          {index === current && <Courier />}
          <span class="station-name">{stepName(step.name)}</span>
          <span class="station-state">
            {stepState(step, saga).map((part) => (
              <span key={part}>{part}</span>
            ))}
          </span>
        </li>
      ))}
    </ol>
  );
}

/** Where the courier is: at the step under way, else at the last one that anything happened to. */
export function currentStep(steps: readonly SagaStep[]): number {
  const working = steps.findIndex((step) => ['running', 'waiting', 'stuck', 'compensating'].includes(step.state));
  return working >= 0 ? working : steps.findLastIndex((step) => step.state !== 'pending');
}

/** Outlines in a 24 × 24 box. */
const marks: Record<string, string> & { pending: string } = {
  pending: 'M12 12h.01',
  running: 'M6 12h.01M12 12h.01M18 12h.01',
  done: 'M6 12.5 10.5 17 18 8',
  failed: 'M7.5 7.5l9 9M16.5 7.5l-9 9',
  waiting: 'M6 12h.01M12 12h.01M18 12h.01',
  stuck: 'M12 6v7M12 17.5h.01',
  compensating: 'M6 12h.01M12 12h.01M18 12h.01',
  compensated: 'M9 7 5 11l4 4M5 11h9a4 4 0 0 1 0 8h-2',
};

function stepName(name: string): string {
  const key = `step.${name}`;
  return hasMessage(key) ? t(key) : name;
}

/** What is told of a step: how it stands, how long that took, and how often it was tried when not once. */
function stepState(step: SagaStep, saga: Saga): string[] {
  const { startedAt, completedAt, attempts = 0 } = step.compensation ?? step;
  const again = attempts > 1 ? t('step.attempts', { count: attempts }) : '';
  return [stateText(step, saga), formatElapsed(startedAt, completedAt), again].filter(Boolean);
}

function stateText(step: SagaStep, saga: Saga): string {
  const undone = `undone.${step.name}`;
  if (step.state === 'compensated' && hasMessage(undone)) return t(undone);
  // A step that is still pending when the saga is taken back will never come.
  const isSkipped = step.state === 'pending' && ['compensating', 'compensated'].includes(saga.state);
  const key = isSkipped ? 'state.skipped' : `state.${step.state}`;
  return hasMessage(key) ? t(key) : step.state;
}
