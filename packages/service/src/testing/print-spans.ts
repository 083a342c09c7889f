/**
 * A preload (`node --import`) that prints every span of the process as one line of JSON on stderr, so that a test can look at what an
 * exporter would be given.
 */
import { trace } from '@opentelemetry/api';
import { BasicTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-base';

const print = ({ name, attributes, events, status }: ReadableSpan): void => {
  process.stderr.write(`${JSON.stringify({ span: name, attributes, events, status })}\n`);
};

// The first provider of a process stays: the kit's own finds it there.
trace.setGlobalTracerProvider(
  new BasicTracerProvider({
    spanProcessors: [
      { onStart: () => undefined, onEnd: print, forceFlush: () => Promise.resolve(), shutdown: () => Promise.resolve() },
    ],
  }),
);
