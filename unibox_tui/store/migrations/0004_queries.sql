-- The table of codes keeps its text, so that a row can be taken out whatever the finder of codes would say today.
DROP TABLE search_code;
CREATE VIRTUAL TABLE search_code USING fts5(text, tokenize='trigram');

-- Who of us answered where: `answered-by:`, `last-answer-by:`.
CREATE INDEX message_answer ON message (author, conversation_id, n) WHERE direction = 'out' AND author_kind = 'agent';
CREATE INDEX message_note ON message (conversation_id) WHERE direction = 'note';
-- Messages that moved to another conversation: their search token names the old one.
CREATE INDEX message_moved ON message (conversation_id, born_in) WHERE born_in <> conversation_id;
CREATE INDEX contact_language ON contact (language, id) WHERE language IS NOT NULL;
CREATE INDEX contact_merged ON contact (merged_into, id) WHERE merged_into IS NOT NULL;
CREATE INDEX list_created ON conversation (created_at, id) WHERE joined_into IS NULL;
CREATE INDEX list_resolved ON conversation (resolved_at, id) WHERE joined_into IS NULL AND resolved_at IS NOT NULL;
CREATE INDEX list_priority ON conversation (priority, last_at, id, status, assignee, unread, waiting_since, spam, last_inbox_id, answered, failed, closes_at) WHERE joined_into IS NULL AND priority > 0;
