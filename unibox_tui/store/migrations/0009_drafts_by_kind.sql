-- An agent's answer and note in one conversation are two drafts: neither is ever turned into the other.
-- conversation_id 0: a first message, which has no conversation yet.
CREATE TABLE draft_by_mode (
  agent TEXT NOT NULL,
  conversation_id BIGINT NOT NULL,
  mode TEXT NOT NULL,                  -- reply, note, forward, new
  text TEXT NOT NULL,
  caret BIGINT NOT NULL DEFAULT 0,
  inbox_id BIGINT,
  identity_id BIGINT,
  options TEXT NOT NULL DEFAULT '{}',  -- cc, reply-all, subject, attachments …
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (agent, conversation_id, mode)
) WITHOUT ROWID;
INSERT INTO draft_by_mode SELECT agent, conversation_id, mode, text, caret, inbox_id, identity_id, options, updated_at FROM draft;
DROP TABLE draft;
ALTER TABLE draft_by_mode RENAME TO draft;
