-- Other systems. The number a system gives a contact of ours.
CREATE TABLE outside_id (
  system TEXT NOT NULL,
  external_id TEXT NOT NULL,
  contact_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (system, external_id)
) WITHOUT ROWID;
CREATE INDEX outside_id_contact ON outside_id (contact_id);

-- What a system says and a person typed otherwise; a person decides.
CREATE TABLE outside_conflict (
  kind TEXT NOT NULL,                  -- contact, order
  id BIGINT NOT NULL,
  field TEXT NOT NULL,
  system TEXT NOT NULL,
  value TEXT NOT NULL,                 -- JSON
  at BIGINT NOT NULL,
  PRIMARY KEY (kind, id, field, system)
) WITHOUT ROWID;

-- Requests that were answered, so that the same one gets the same answer.
CREATE TABLE outside_request (
  system TEXT NOT NULL,
  key TEXT NOT NULL,
  digest TEXT NOT NULL,
  status INTEGER NOT NULL,
  answer TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (system, key)
) WITHOUT ROWID;
CREATE INDEX outside_request_at ON outside_request (at);

-- Where each webhook of ours is in the log of events.
CREATE TABLE outgoing_cursor (
  name TEXT PRIMARY KEY,
  seq BIGINT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  retry_at BIGINT,
  error TEXT,
  updated_at BIGINT NOT NULL
) WITHOUT ROWID;

-- Which fields of an order a person typed last.
ALTER TABLE customer_order ADD COLUMN typed TEXT NOT NULL DEFAULT '[]';
