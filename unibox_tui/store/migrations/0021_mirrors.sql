-- A helpdesk that other people work in too. Which conversation of ours one of its is, and how it stood there when last heard
-- of: what differs from that was decided by somebody, here or there.
CREATE TABLE mirror_thread (
  inbox_id BIGINT NOT NULL,
  thread TEXT NOT NULL,
  conversation_id BIGINT NOT NULL,
  theirs TEXT NOT NULL DEFAULT '{}',   -- JSON: status, until, labels, assignee
  at BIGINT NOT NULL DEFAULT 0,        -- of what was heard last, by its clock
  PRIMARY KEY (inbox_id, thread)
) WITHOUT ROWID;
CREATE INDEX mirror_thread_conversation ON mirror_thread (conversation_id);

-- Where each such helpdesk is in the log of events, and the note that was leaving last.
CREATE TABLE mirror_cursor (
  inbox_id BIGINT PRIMARY KEY,
  seq BIGINT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  retry_at BIGINT,
  leaving_n BIGINT,
  error TEXT,
  updated_at BIGINT NOT NULL
);

-- Canned replies as both sides last had them.
CREATE TABLE mirror_canned (
  inbox_id BIGINT NOT NULL,
  external_id TEXT NOT NULL,
  shortcut TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (inbox_id, external_id)
) WITHOUT ROWID;
