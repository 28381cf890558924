-- Times are UTC epoch milliseconds. Ids come from Python. JSON columns are opaque to SQL. Flags are 0/1.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE counter (name TEXT PRIMARY KEY, value BIGINT NOT NULL) WITHOUT ROWID;

-- What happened, for ever. Automation, SLA, reports, audit and undo read it by cursors of their own.
CREATE TABLE event (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at BIGINT NOT NULL,
  kind TEXT NOT NULL,
  actor_kind TEXT NOT NULL,            -- contact, agent, bot, system
  actor TEXT,                          -- agent name, rule name, inbox name …
  conversation_id BIGINT,
  contact_id BIGINT,
  inbox_id BIGINT,
  message_n BIGINT,
  action_id TEXT,                      -- one action of an agent: what one undo takes back
  cause TEXT,                          -- why: key, command, cli, rule:NAME, import, reply …
  data TEXT NOT NULL DEFAULT '{}'      -- {"from":…, "to":…} and the like
);
CREATE INDEX event_conversation ON event (conversation_id, seq) WHERE conversation_id IS NOT NULL;
CREATE INDEX event_contact ON event (contact_id, seq) WHERE contact_id IS NOT NULL;
CREATE INDEX event_action ON event (action_id) WHERE action_id IS NOT NULL;
CREATE TRIGGER event_is_immutable BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are immutable'); END;

-- Tells screens and service what to read again; folded and trimmed at any time.
CREATE TABLE change_log (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,                  -- conversation, contact, inbox, outbox, label, canned, agent, view
  id TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX change_of ON change_log (kind, id);

CREATE TABLE lease (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  fence BIGINT NOT NULL,
  boot_id TEXT NOT NULL,
  expires BIGINT NOT NULL,             -- CLOCK_BOOTTIME ms
  pid BIGINT NOT NULL,
  uid BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE agent (
  name TEXT PRIMARY KEY,               -- the Unix account
  display TEXT NOT NULL,
  language TEXT,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE inbox (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  channel TEXT NOT NULL,
  group_name TEXT NOT NULL,
  title TEXT NOT NULL,
  address TEXT NOT NULL DEFAULT '',    -- our address on the channel: page id, mailbox, number
  state TEXT NOT NULL DEFAULT 'on',
  capabilities TEXT NOT NULL DEFAULT '{}',
  region TEXT NOT NULL DEFAULT 'VN',
  language TEXT NOT NULL DEFAULT 'vi',
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE inbox_health (
  inbox_id BIGINT PRIMARY KEY,
  phase TEXT NOT NULL DEFAULT '',      -- connecting, idle, polling, backfill …
  last_inbound_at BIGINT,
  last_check_at BIGINT,
  last_ok_at BIGINT,
  error TEXT,
  hint TEXT,
  error_since BIGINT,
  progress_done BIGINT,
  progress_total BIGINT,
  forged BIGINT NOT NULL DEFAULT 0,    -- webhooks with a wrong signature
  updated_at BIGINT NOT NULL
);

CREATE TABLE cursor (
  inbox_id BIGINT NOT NULL,
  stream TEXT NOT NULL,
  value TEXT NOT NULL,
  fence BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (inbox_id, stream)
) WITHOUT ROWID;

CREATE TABLE contact (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL DEFAULT '',
  title TEXT,                          -- how to address them: anh, chị, em, คุณ …
  language TEXT,
  note TEXT NOT NULL DEFAULT '',
  attributes TEXT NOT NULL DEFAULT '{}',
  first_seen_at BIGINT,
  last_seen_at BIGINT,
  merged_into BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE identity (
  id INTEGER PRIMARY KEY,
  inbox_id BIGINT NOT NULL,
  contact_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  address TEXT NOT NULL,
  name TEXT NOT NULL DEFAULT '',
  verified INTEGER NOT NULL DEFAULT 0,
  attributes TEXT NOT NULL DEFAULT '{}',
  first_seen_at BIGINT,
  last_seen_at BIGINT,
  UNIQUE (inbox_id, address)
);
CREATE INDEX identity_contact ON identity (contact_id);
CREATE INDEX identity_address ON identity (address);

-- A key that may tell who somebody is: e-mail, phone. `verified` only when the channel vouches.
CREATE TABLE contact_key (
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  contact_id BIGINT NOT NULL,
  identity_id BIGINT NOT NULL,
  verified INTEGER NOT NULL DEFAULT 0,
  message_n BIGINT,
  at BIGINT NOT NULL,
  PRIMARY KEY (kind, value, identity_id)
) WITHOUT ROWID;
CREATE INDEX contact_key_contact ON contact_key (contact_id);

-- Reply windows: the latest time of each kind of event the provider counts, per identity.
CREATE TABLE reply_window (
  identity_id BIGINT NOT NULL,
  what TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (identity_id, what)
) WITHOUT ROWID;

CREATE TABLE conversation (
  id INTEGER PRIMARY KEY,              -- the number people say: #10482; never used again
  uid TEXT NOT NULL UNIQUE,
  group_name TEXT NOT NULL,
  kind TEXT NOT NULL DEFAULT 'direct',
  contact_id BIGINT NOT NULL,
  subject TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT 'open',
  assignee TEXT,
  priority INTEGER NOT NULL DEFAULT 0,
  spam INTEGER NOT NULL DEFAULT 0,
  snoozed_until BIGINT,
  snooze_wake_on_reply INTEGER NOT NULL DEFAULT 1,
  unread INTEGER NOT NULL DEFAULT 0,   -- shared by the team
  waiting_since BIGINT,                -- received_at of the oldest unanswered customer message
  answered INTEGER NOT NULL DEFAULT 0, -- a person of ours has answered at least once
  failed INTEGER NOT NULL DEFAULT 0,   -- outbound messages failed or unknown
  closes_at BIGINT,                    -- when the reply window of the last used identity ends
  last_at BIGINT NOT NULL,             -- received_at/created of the last message or note
  last_n BIGINT,
  last_direction TEXT,
  last_inbox_id BIGINT,                -- of the customer's last message
  last_identity_id BIGINT,
  snippet TEXT NOT NULL DEFAULT '',
  message_count INTEGER NOT NULL DEFAULT 0,
  suggest_join BIGINT,                 -- a line offers to join this other conversation
  joined_into BIGINT,                  -- shown inside that one; see conversation_join
  created_at BIGINT NOT NULL,
  resolved_at BIGINT,
  updated_at BIGINT NOT NULL
);
CREATE INDEX conversation_contact ON conversation (contact_id, last_at);
CREATE INDEX conversation_joined ON conversation (joined_into) WHERE joined_into IS NOT NULL;
-- Lists: the page comes from one of these alone; the trailing columns are the other filters.
CREATE INDEX list_status ON conversation (status, last_at, id, assignee, unread, waiting_since, priority, spam, last_inbox_id, answered, failed, closes_at) WHERE joined_into IS NULL;
CREATE INDEX list_assignee ON conversation (assignee, status, last_at, id, unread, waiting_since, priority, spam, last_inbox_id, answered, failed, closes_at) WHERE joined_into IS NULL;
CREATE INDEX list_all ON conversation (last_at, id, status, assignee, unread, waiting_since, priority, spam, last_inbox_id, answered, failed, closes_at) WHERE joined_into IS NULL;
CREATE INDEX list_waiting ON conversation (waiting_since, id, status, assignee, unread, last_at, priority, spam, last_inbox_id, answered, failed, closes_at) WHERE joined_into IS NULL AND waiting_since IS NOT NULL;
CREATE INDEX list_unread ON conversation (last_at, id, status, assignee, waiting_since, priority, spam, last_inbox_id) WHERE joined_into IS NULL AND unread > 0;
CREATE INDEX list_closing ON conversation (closes_at, id, status, assignee, unread, waiting_since, priority, spam, last_inbox_id) WHERE joined_into IS NULL AND closes_at IS NOT NULL;
CREATE INDEX list_snoozed ON conversation (snoozed_until, id) WHERE status = 'snoozed' AND joined_into IS NULL;
CREATE INDEX list_failed ON conversation (last_at, id) WHERE failed > 0 AND joined_into IS NULL;
CREATE INDEX list_spam ON conversation (last_at, id) WHERE spam = 1 AND joined_into IS NULL;

-- Every inbox a conversation has travelled over.
CREATE TABLE conversation_inbox (
  conversation_id BIGINT NOT NULL,
  inbox_id BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  PRIMARY KEY (conversation_id, inbox_id)
) WITHOUT ROWID;
CREATE INDEX inbox_conversation ON conversation_inbox (inbox_id, last_at, conversation_id);

-- A join is a recorded pointer, taken back by the recorded operation.
CREATE TABLE conversation_join (
  id TEXT PRIMARY KEY,
  child BIGINT NOT NULL,
  parent BIGINT NOT NULL,
  at BIGINT NOT NULL,
  actor TEXT,
  undone_at BIGINT
) WITHOUT ROWID;
CREATE INDEX join_parent ON conversation_join (parent) WHERE undone_at IS NULL;
CREATE INDEX join_child ON conversation_join (child);

CREATE TABLE message (
  n INTEGER PRIMARY KEY,               -- seconds << 10 | counter of min(sent_at, received_at): order, page key, search rowid
  id TEXT NOT NULL UNIQUE,
  conversation_id BIGINT NOT NULL,     -- where it lives
  born_in BIGINT NOT NULL,             -- where it was born: never rewritten
  inbox_id BIGINT,                     -- none for notes and activity
  identity_id BIGINT,
  direction TEXT NOT NULL,
  kind TEXT NOT NULL DEFAULT 'chat',
  author_kind TEXT NOT NULL,
  author TEXT,                         -- agent name, bot name
  author_unsure INTEGER NOT NULL DEFAULT 0,
  sent_at BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  state TEXT NOT NULL,
  state_at BIGINT,
  reason TEXT,
  client_ref TEXT,
  automatic INTEGER NOT NULL DEFAULT 0,
  inert INTEGER NOT NULL DEFAULT 0,    -- came by import, back-fill or replay
  has_files INTEGER NOT NULL DEFAULT 0,
  answers_n BIGINT,
  unsent_at BIGINT,
  edited_at BIGINT
);
CREATE INDEX message_thread ON message (conversation_id, n);
CREATE INDEX message_ref ON message (client_ref) WHERE client_ref IS NOT NULL;
CREATE INDEX message_identity ON message (identity_id, n) WHERE identity_id IS NOT NULL;

CREATE TABLE message_body (
  n INTEGER PRIMARY KEY,
  text TEXT NOT NULL,
  hidden_text TEXT NOT NULL DEFAULT '',
  subject TEXT NOT NULL DEFAULT '',
  email TEXT,                          -- JSON, docs/interchange.md
  extra TEXT,
  search_text TEXT,                    -- only when it is not derivable from text and subject (forgotten edits)
  fold_version INTEGER NOT NULL
);

-- What makes an arrival a repeat. Scope: the inbox name for chats, `mail:<group>` for mail.
CREATE TABLE message_key (
  scope TEXT NOT NULL,
  provider_id TEXT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (scope, provider_id)
) WITHOUT ROWID;
CREATE INDEX message_key_n ON message_key (n);

CREATE TABLE mail_place (
  inbox_id BIGINT NOT NULL,
  folder TEXT NOT NULL,
  uidvalidity BIGINT NOT NULL,
  uid TEXT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (inbox_id, folder, uidvalidity, uid)
) WITHOUT ROWID;
CREATE INDEX mail_place_n ON mail_place (n);

CREATE TABLE attachment (
  id TEXT PRIMARY KEY,
  n BIGINT NOT NULL,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size BIGINT NOT NULL,
  sha256 TEXT,                         -- bytes we hold
  remote TEXT,                         -- a pointer not fetched yet (JSON of its connector)
  state TEXT NOT NULL,                 -- held, remote, failed
  inline INTEGER NOT NULL DEFAULT 0,
  content_id TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX attachment_message ON attachment (n, position);
CREATE INDEX attachment_hash ON attachment (sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX attachment_remote ON attachment (state, n) WHERE state = 'remote';

CREATE TABLE reaction (
  n BIGINT NOT NULL,
  who TEXT NOT NULL,
  emoji TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (n, who)
) WITHOUT ROWID;

-- Found in text: order codes, phones, e-mails … value as normalised.
CREATE TABLE found (
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  n BIGINT NOT NULL,
  raw TEXT NOT NULL,
  confidence TEXT NOT NULL,
  conversation_id BIGINT NOT NULL,
  PRIMARY KEY (kind, value, n)
) WITHOUT ROWID;
CREATE INDEX found_conversation ON found (conversation_id, kind);
CREATE INDEX found_message ON found (n);

CREATE TABLE label (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  folded TEXT NOT NULL UNIQUE,
  colour TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL DEFAULT '',
  label_set TEXT,                      -- labels of one set exclude each other
  sticks INTEGER NOT NULL DEFAULT 0,   -- to the contact
  used_at BIGINT
);
CREATE TABLE conversation_label (
  label_id BIGINT NOT NULL,
  conversation_id BIGINT NOT NULL,
  PRIMARY KEY (label_id, conversation_id)
) WITHOUT ROWID;
CREATE INDEX label_of ON conversation_label (conversation_id, label_id);
CREATE TABLE contact_label (
  label_id BIGINT NOT NULL,
  contact_id BIGINT NOT NULL,
  PRIMARY KEY (label_id, contact_id)
) WITHOUT ROWID;
CREATE INDEX contact_label_of ON contact_label (contact_id, label_id);

CREATE TABLE outbox (
  id TEXT PRIMARY KEY,                 -- also the client_ref
  n BIGINT NOT NULL UNIQUE,
  inbox_id BIGINT NOT NULL,
  identity_id BIGINT NOT NULL,
  destination TEXT NOT NULL,           -- the address it goes to, a copy
  payload TEXT NOT NULL,               -- JSON: an own copy of text, subject, recipients, attachments by hash
  author_kind TEXT NOT NULL,
  state TEXT NOT NULL,                 -- held, queued, sending, sent, failed, unknown, cancelled
  not_before BIGINT NOT NULL,
  deadline BIGINT,                     -- while sending: nothing may be concluded before it
  attempts INTEGER NOT NULL DEFAULT 0,
  retry_at BIGINT,
  fence BIGINT,
  reason TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (state, not_before) WHERE state IN ('held', 'queued', 'sending', 'unknown');
CREATE INDEX outbox_destination ON outbox (inbox_id, identity_id, created_at) WHERE state IN ('held', 'queued', 'sending');

CREATE TABLE raw_event (
  id TEXT PRIMARY KEY,
  inbox_id BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  source TEXT NOT NULL,                -- webhook, socket, form, pull, import
  headers TEXT NOT NULL DEFAULT '{}',
  body BLOB,                           -- null once moved to a segment
  segment TEXT,
  place TEXT NOT NULL DEFAULT '',      -- path, folder/uid: where a person finds it again
  state TEXT NOT NULL DEFAULT 'new',   -- new, done, quarantined, dismissed
  error TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  parsed_at BIGINT
) WITHOUT ROWID;
CREATE INDEX raw_new ON raw_event (state, inbox_id, id) WHERE state IN ('new', 'quarantined');
CREATE INDEX raw_done ON raw_event (received_at) WHERE state = 'done' AND body IS NOT NULL;

CREATE TABLE draft (
  agent TEXT NOT NULL,
  conversation_id BIGINT NOT NULL,
  mode TEXT NOT NULL,                  -- reply, note
  text TEXT NOT NULL,
  caret BIGINT NOT NULL DEFAULT 0,
  inbox_id BIGINT,
  identity_id BIGINT,
  options TEXT NOT NULL DEFAULT '{}',  -- cc, reply-all, subject, attachments …
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (agent, conversation_id)
) WITHOUT ROWID;

CREATE TABLE read_marker (
  agent TEXT NOT NULL,
  conversation_id BIGINT NOT NULL,
  n BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (agent, conversation_id)
) WITHOUT ROWID;

-- Who looks at or types in what now. Never rings the bell.
CREATE TABLE presence (
  agent TEXT NOT NULL,
  session TEXT NOT NULL,
  conversation_id BIGINT,
  doing TEXT NOT NULL,                 -- viewing, typing, idle
  at BIGINT NOT NULL,
  PRIMARY KEY (agent, session)
) WITHOUT ROWID;
CREATE INDEX presence_conversation ON presence (conversation_id, at);

CREATE TABLE canned (
  id TEXT PRIMARY KEY,
  shortcut TEXT NOT NULL,
  title TEXT NOT NULL DEFAULT '',
  text TEXT NOT NULL,
  language TEXT,
  scope TEXT NOT NULL DEFAULT 'team',  -- team, or agent:NAME
  attachments TEXT NOT NULL DEFAULT '[]',
  used INTEGER NOT NULL DEFAULT 0,
  used_at BIGINT,
  updated_at BIGINT NOT NULL
) WITHOUT ROWID;

-- Actions of agents, for undo: the events with this action_id hold what changed.
CREATE TABLE action (
  id TEXT PRIMARY KEY,
  agent TEXT NOT NULL,
  at BIGINT NOT NULL,
  name TEXT NOT NULL,
  summary TEXT NOT NULL,
  undone_at BIGINT
) WITHOUT ROWID;
CREATE INDEX action_agent ON action (agent, at);

-- Search: rowid is message.n. `text` is folded with Thai as bigrams, `k` holds immutable tokens only.
CREATE VIRTUAL TABLE search USING fts5(text, k, content='', tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc'");
-- Codes, phone tails and parts of mail addresses, found by any three letters in a row.
CREATE VIRTUAL TABLE search_code USING fts5(text, content='', tokenize='trigram');
