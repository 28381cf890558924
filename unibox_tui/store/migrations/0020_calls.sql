-- Calls and visits: one row beside the message that is their card in the thread.
CREATE TABLE call (
  n INTEGER PRIMARY KEY,               -- the message
  via TEXT NOT NULL DEFAULT 'line',    -- line: heard from an exchange; phone, visit: written down by an agent
  direction TEXT NOT NULL,             -- in, out
  state TEXT NOT NULL,                 -- ringing, answered, missed, voicemail, ended
  agent TEXT,                          -- who of us talked
  started_at BIGINT NOT NULL,
  answered_at BIGINT,
  ended_at BIGINT,
  counts_at BIGINT,                    -- from when on it counts as an answer of ours; none: nobody talked
  reason TEXT NOT NULL DEFAULT '',     -- what it was about, as an agent or the exchange says
  reason_folded TEXT NOT NULL DEFAULT '',
  facts TEXT NOT NULL DEFAULT '{}'     -- JSON of domain/calls.py: what the steps told
);
CREATE INDEX call_going_on ON call (state, n) WHERE state IN ('ringing', 'answered');
CREATE INDEX call_reason ON call (reason, n) WHERE reason <> '';

-- Answers of ours: a call counts only when somebody talked, which its own row knows.
DROP INDEX message_answered;
CREATE INDEX message_answered ON message (conversation_id, received_at) WHERE direction = 'out' AND kind <> 'call' AND author_kind = 'agent' AND state NOT IN ('failed', 'cancelled');
CREATE INDEX message_call ON message (conversation_id, n) WHERE kind = 'call';
