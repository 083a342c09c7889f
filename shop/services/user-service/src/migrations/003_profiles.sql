-- The language a person is written to in.
ALTER TABLE users ADD COLUMN locale text NOT NULL DEFAULT 'ja' CHECK (locale IN ('ja', 'en'));

-- A session is what begins with signing in. Its refresh tokens are one family: each is used once and replaced by the next.
CREATE TABLE sessions (
  id           uuid PRIMARY KEY,
  user_id      uuid        NOT NULL REFERENCES users (id),
  -- What the browser or program calls itself, so that a person recognises it.
  user_agent   text        NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL,
  revoked_at   timestamptz
);

CREATE INDEX sessions_of_user ON sessions (user_id, created_at DESC);
CREATE INDEX sessions_expired ON sessions (expires_at);

-- Only the SHA-256 of a token: who reads this table can sign in as nobody. Used ones stay, to recognise a stolen one.
CREATE TABLE refresh_tokens (
  hash       bytea PRIMARY KEY,
  session_id uuid        NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  used_at    timestamptz
);

CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session_id);

CREATE TABLE addresses (
  id          uuid PRIMARY KEY,
  user_id     uuid    NOT NULL REFERENCES users (id),
  name        text    NOT NULL,
  postal_code text    NOT NULL CHECK (postal_code ~ '^[0-9]{3}-[0-9]{4}$'),
  prefecture  text    NOT NULL,
  city        text    NOT NULL,
  line1       text    NOT NULL,
  line2       text,
  is_default  boolean NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX addresses_of_user ON addresses (user_id, created_at);
CREATE UNIQUE INDEX one_default_address ON addresses (user_id) WHERE is_default;
