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
CREATE INDEX list_group ON conversation (last_at, id) WHERE joined_into IS NULL AND kind = 'group';

-- Names and addresses of customers, folded, found by any three characters; rowid is contact.id. `people_stale` says which
-- rows are out of date; whoever writes next brings them up to date, since SQL cannot fold.
CREATE VIRTUAL TABLE people USING fts5(text, tokenize='trigram');
CREATE TABLE people_stale (contact_id INTEGER PRIMARY KEY);
INSERT INTO people_stale SELECT id FROM contact;
CREATE TRIGGER people_contact_new AFTER INSERT ON contact BEGIN
  INSERT INTO people_stale VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER people_contact_named AFTER UPDATE OF name ON contact WHEN OLD.name <> NEW.name BEGIN
  INSERT INTO people_stale VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER people_contact_gone AFTER DELETE ON contact BEGIN
  INSERT INTO people_stale VALUES (OLD.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER people_identity_new AFTER INSERT ON identity BEGIN
  INSERT INTO people_stale VALUES (NEW.contact_id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER people_identity_changed AFTER UPDATE OF contact_id, address, name ON identity
WHEN OLD.contact_id <> NEW.contact_id OR OLD.address <> NEW.address OR OLD.name <> NEW.name BEGIN
  INSERT INTO people_stale VALUES (OLD.contact_id) ON CONFLICT DO NOTHING;
  INSERT INTO people_stale VALUES (NEW.contact_id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER people_identity_gone AFTER DELETE ON identity BEGIN
  INSERT INTO people_stale VALUES (OLD.contact_id) ON CONFLICT DO NOTHING;
END;
