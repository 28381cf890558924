-- What each answer was expected to cost when it was written and when it left, and what the provider said of it afterwards.
-- Amounts are millionths of the currency's main unit.
CREATE TABLE message_cost (
  n BIGINT PRIMARY KEY,
  inbox_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  kind TEXT NOT NULL,                  -- text, template …
  rule TEXT NOT NULL,                  -- of the policy
  tag TEXT NOT NULL DEFAULT '',
  amount BIGINT,                       -- null: it costs something nobody has named
  currency TEXT NOT NULL DEFAULT '',
  free INTEGER NOT NULL,
  quota TEXT NOT NULL DEFAULT '',
  unsure INTEGER NOT NULL DEFAULT 0,
  said_at BIGINT,
  said_amount BIGINT,
  said_currency TEXT,
  said_free INTEGER,
  said_charged INTEGER,
  said_quota TEXT
);
CREATE INDEX cost_of_inbox ON message_cost (inbox_id, at, rule);

-- What the provider says of one customer: whether they follow us, what they agreed to, what may still be sent.
CREATE TABLE identity_standing (
  identity_id BIGINT PRIMARY KEY,
  follows INTEGER,
  agreed TEXT NOT NULL DEFAULT '[]',
  facts TEXT NOT NULL DEFAULT '{}',
  at BIGINT NOT NULL
);

-- What answering a conversation costs and how long, from one time to the next; only what is counted, timed or priced.
CREATE TABLE answer_terms (
  conversation_id BIGINT NOT NULL,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT,
  closes_at BIGINT,
  amount BIGINT,                       -- as in message_cost
  currency TEXT NOT NULL DEFAULT '',
  free_left BIGINT,
  due INTEGER NOT NULL DEFAULT 0,      -- the conversation's closes_at is still of the term before
  PRIMARY KEY (conversation_id, starts_at)
) WITHOUT ROWID;
CREATE INDEX terms_due ON answer_terms (starts_at) WHERE due = 1;
CREATE INDEX terms_over ON answer_terms (ends_at) WHERE ends_at IS NOT NULL;
