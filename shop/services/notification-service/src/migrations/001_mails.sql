-- Whom mails go to: a copy of what the user service has told in its events, so that it need not be there when a mail is written.
CREATE TABLE recipients (
  user_id text PRIMARY KEY,
  name    text        NOT NULL,
  address text        NOT NULL,
  locale  text        NOT NULL CHECK (locale IN ('ja', 'en')),
  -- When this was true: what is told later does not yield to what was told earlier.
  as_of   timestamptz NOT NULL
);

-- One mail per order and kind, however often it is asked for.
CREATE TABLE mails (
  id         uuid PRIMARY KEY,
  order_id   uuid        NOT NULL,
  kind       text        NOT NULL,
  user_id    text        NOT NULL,
  to_name    text        NOT NULL,
  to_address text        NOT NULL,
  subject    text        NOT NULL,
  body       text        NOT NULL,
  -- `queued` mails wait for the SMTP server; what it refused for good is `refused`, with its reason.
  state      text        NOT NULL CHECK (state IN ('queued', 'sent', 'refused')),
  reason     text,
  attempts   integer     NOT NULL DEFAULT 0,
  -- A queued mail is handed over from then on. Whoever takes it moves this on, so that nobody else takes it meanwhile.
  due_at     timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (order_id, kind),
  CHECK ((state = 'refused') = (reason IS NOT NULL))
);

CREATE INDEX mails_of_user ON mails (user_id, created_at DESC, id);
CREATE INDEX mails_queued ON mails (due_at) WHERE state = 'queued';
