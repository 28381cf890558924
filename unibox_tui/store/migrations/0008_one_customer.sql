-- One customer. A contact that was merged keeps its row and its values; what is theirs goes by `contact_id` to whom they are
-- now. `home`: whose it is when every merge is taken back; null: of `contact_id` itself.
ALTER TABLE identity ADD COLUMN home BIGINT;
ALTER TABLE conversation ADD COLUMN home BIGINT;
ALTER TABLE contact ADD COLUMN forgotten_at BIGINT;
CREATE INDEX home_of_identity ON identity (home) WHERE home IS NOT NULL;
CREATE INDEX home_of_conversation ON conversation (home) WHERE home IS NOT NULL;

-- Each merge as it was done. `before` and `after`: the winner's values; `moved`: what went along; `joins`: conversations
-- joined with it. A contact is the loser of at most one that is not undone.
CREATE TABLE contact_merge (
  id TEXT PRIMARY KEY,
  seq BIGINT NOT NULL,
  winner BIGINT NOT NULL,
  loser BIGINT NOT NULL,
  at BIGINT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor TEXT,
  why TEXT NOT NULL DEFAULT '[]',
  choices TEXT NOT NULL DEFAULT '{}',
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  moved TEXT NOT NULL DEFAULT '{}',
  joins TEXT NOT NULL DEFAULT '[]',
  undone_at BIGINT
) WITHOUT ROWID;
CREATE INDEX merge_winner ON contact_merge (winner, seq) WHERE undone_at IS NULL;
CREATE INDEX merge_loser ON contact_merge (loser);

-- Two contacts that may be one, by their numbers when it was noticed. `apart`: split by a person, not to be offered again.
CREATE TABLE contact_suggestion (
  low BIGINT NOT NULL,
  high BIGINT NOT NULL,
  state TEXT NOT NULL,                 -- open, accepted, dismissed, apart
  score BIGINT NOT NULL DEFAULT 0,
  evidence TEXT NOT NULL DEFAULT '[]',
  at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (low, high)
) WITHOUT ROWID;
CREATE INDEX suggestion_high ON contact_suggestion (high);
CREATE INDEX suggestion_open ON contact_suggestion (score, at) WHERE state = 'open';

-- What a key is compared by: plus-tags off, E.164; '' for one that compares with nothing, null until it was read.
ALTER TABLE contact_key ADD COLUMN norm TEXT;
CREATE INDEX contact_key_norm ON contact_key (kind, norm) WHERE norm IS NOT NULL;
CREATE INDEX contact_key_unread ON contact_key (identity_id) WHERE norm IS NULL;
