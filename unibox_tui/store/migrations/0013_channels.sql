-- Attachments that lie at a provider: fetched newest first, those of imports and history (`slow`) after all others.
ALTER TABLE attachment ADD COLUMN slow INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attachment ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attachment ADD COLUMN fetch_at BIGINT NOT NULL DEFAULT 0;  -- not before
ALTER TABLE attachment ADD COLUMN reason TEXT;                         -- why it failed
DROP INDEX attachment_remote;
CREATE INDEX attachment_remote ON attachment (slow, n) WHERE state = 'remote';

-- When the provider is asked next who is behind an address.
ALTER TABLE identity ADD COLUMN profile_next BIGINT NOT NULL DEFAULT 0;
ALTER TABLE identity ADD COLUMN profile_tries INTEGER NOT NULL DEFAULT 0;
CREATE INDEX identity_profile ON identity (inbox_id, profile_next);

-- What a customer handed over about themselves, where and when.
CREATE TABLE given (
  identity_id BIGINT NOT NULL,
  name TEXT NOT NULL,                  -- name, email, phone, or as the form calls it
  value TEXT NOT NULL,
  source TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (identity_id, name)
) WITHOUT ROWID;

-- What the provider says of an inbox, and when its silence is no longer its rhythm.
ALTER TABLE inbox_health ADD COLUMN last_webhook_at BIGINT;
ALTER TABLE inbox_health ADD COLUMN standing_at BIGINT;
ALTER TABLE inbox_health ADD COLUMN token_expires_at BIGINT;
ALTER TABLE inbox_health ADD COLUMN quota_left BIGINT;
ALTER TABLE inbox_health ADD COLUMN quota_total BIGINT;
ALTER TABLE inbox_health ADD COLUMN package TEXT NOT NULL DEFAULT '';
ALTER TABLE inbox_health ADD COLUMN package_until BIGINT;
ALTER TABLE inbox_health ADD COLUMN notes TEXT NOT NULL DEFAULT '[]';
ALTER TABLE inbox_health ADD COLUMN standing TEXT NOT NULL DEFAULT '{}';
ALTER TABLE inbox_health ADD COLUMN quiet_from BIGINT;  -- the last arrival that `quiet_at` was reckoned from
ALTER TABLE inbox_health ADD COLUMN quiet_at BIGINT;

-- How often something happened in each hour: in (arrivals), error.
CREATE TABLE inbox_hour (
  inbox_id BIGINT NOT NULL,
  what TEXT NOT NULL,
  hour BIGINT NOT NULL,                -- epoch hours
  count BIGINT NOT NULL,
  PRIMARY KEY (inbox_id, what, hour)
) WITHOUT ROWID;
CREATE INDEX inbox_hour_old ON inbox_hour (hour);

-- Texts the provider has approved for use outside the window, as it listed them last.
CREATE TABLE template (
  inbox_id BIGINT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  language TEXT NOT NULL,
  text TEXT NOT NULL,
  fields TEXT NOT NULL DEFAULT '[]',
  status TEXT NOT NULL DEFAULT 'approved',
  price BIGINT NOT NULL DEFAULT 0,
  currency TEXT NOT NULL DEFAULT '',
  reached_by TEXT NOT NULL DEFAULT '[]',
  extra TEXT NOT NULL DEFAULT '{}',
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (inbox_id, id)
) WITHOUT ROWID;

-- A reaction of ours that the provider has not taken yet; the last one wanted of each message.
CREATE TABLE reaction_owed (
  n BIGINT PRIMARY KEY,
  emoji TEXT NOT NULL,                 -- empty: taken back
  state TEXT NOT NULL,                 -- queued, failed
  version BIGINT NOT NULL,             -- grows when another one is wanted meanwhile
  tries INTEGER NOT NULL DEFAULT 0,
  due_at BIGINT NOT NULL,
  reason TEXT,
  agent TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX reaction_due ON reaction_owed (due_at) WHERE state = 'queued';

-- Parts of one answer: each is a message; one leaves only when the one before it did.
ALTER TABLE outbox ADD COLUMN after_id TEXT;
ALTER TABLE outbox ADD COLUMN part INTEGER NOT NULL DEFAULT 1;
ALTER TABLE outbox ADD COLUMN parts INTEGER NOT NULL DEFAULT 1;
CREATE INDEX outbox_after ON outbox (after_id) WHERE after_id IS NOT NULL;

-- Times in which events of an inbox may have been lost to us; what came late from them is marked in its thread.
CREATE TABLE outage (
  inbox_id BIGINT NOT NULL,
  from_at BIGINT NOT NULL,
  to_at BIGINT NOT NULL,
  PRIMARY KEY (inbox_id, from_at)
) WITHOUT ROWID;
CREATE TABLE outage_filled (
  inbox_id BIGINT NOT NULL,
  from_at BIGINT NOT NULL,
  conversation_id BIGINT NOT NULL,
  PRIMARY KEY (inbox_id, from_at, conversation_id)
) WITHOUT ROWID;

CREATE INDEX read_marker_at ON read_marker (at);
