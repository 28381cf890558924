-- What a conversation's derived columns are computed from, without reading the rows of a long thread.
DROP INDEX message_thread;
CREATE INDEX message_thread ON message (conversation_id, n, direction, state);
CREATE INDEX message_answered ON message (conversation_id, received_at) WHERE direction = 'out' AND author_kind = 'agent' AND state NOT IN ('failed', 'cancelled');
CREATE INDEX message_waits ON message (conversation_id, received_at) WHERE direction = 'in' AND inert = 0 AND automatic = 0 AND unsent_at IS NULL;
