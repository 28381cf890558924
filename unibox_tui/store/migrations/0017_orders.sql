-- Orders, deals, risk. Money is an integer in the smallest unit of the currency.
-- An order with a conversation belongs to whom that belongs to, whatever is merged or split; one without to `contact_id` and
-- whom that was merged into.
CREATE TABLE customer_order (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  code TEXT NOT NULL DEFAULT '',       -- what people say
  shop TEXT NOT NULL DEFAULT '',
  external_id TEXT,                    -- in that shop's own system
  conversation_id BIGINT,
  contact_id BIGINT,
  agent TEXT,                          -- who made it
  state TEXT NOT NULL,
  items TEXT NOT NULL DEFAULT '[]',
  currency TEXT NOT NULL,
  amount BIGINT,
  deposit BIGINT NOT NULL DEFAULT 0,
  received BIGINT NOT NULL DEFAULT 0,
  phone TEXT NOT NULL DEFAULT '',
  address TEXT NOT NULL DEFAULT '',
  note TEXT NOT NULL DEFAULT '',
  carrier TEXT NOT NULL DEFAULT '',
  tracking TEXT NOT NULL DEFAULT '',
  closed_by TEXT,                      -- who confirmed it
  confirmed_at BIGINT,
  packed_at BIGINT,
  shipped_at BIGINT,
  delivered_at BIGINT,
  returned_at BIGINT,
  cancelled_at BIGINT,
  removed_at BIGINT,                   -- its making was undone
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX order_external ON customer_order (shop, external_id) WHERE external_id IS NOT NULL AND removed_at IS NULL;
CREATE INDEX order_conversation ON customer_order (conversation_id, created_at) WHERE conversation_id IS NOT NULL;
CREATE INDEX order_contact ON customer_order (contact_id, created_at) WHERE contact_id IS NOT NULL;
CREATE INDEX order_state ON customer_order (state, created_at);
CREATE INDEX order_created ON customer_order (created_at);
CREATE INDEX order_amount ON customer_order (amount) WHERE amount IS NOT NULL;

-- What a scanner or a person may read off a parcel, folded: its code, external id, tracking number, items, phone.
CREATE TABLE order_key (
  kind TEXT NOT NULL,                  -- code, external, tracking, item, phone
  value TEXT NOT NULL,
  order_id BIGINT NOT NULL,
  PRIMARY KEY (value, kind, order_id)
) WITHOUT ROWID;
CREATE INDEX order_key_of ON order_key (order_id);

-- The state of a deal that no order was made of.
CREATE TABLE deal (
  conversation_id BIGINT PRIMARY KEY,
  state TEXT NOT NULL,
  agent TEXT,
  at BIGINT NOT NULL
);
CREATE INDEX deal_state ON deal (state);

-- A blocked contact's messages are kept and silent.
ALTER TABLE contact ADD COLUMN blocked_at BIGINT;
ALTER TABLE contact ADD COLUMN blocked_by TEXT;
CREATE INDEX contact_blocked ON contact (id) WHERE blocked_at IS NOT NULL;

-- Marks of parcels refused and the like, by phone (E.164) or contact; shown, never acting. `source`: a person or a list.
CREATE TABLE risk_mark (
  id TEXT PRIMARY KEY,
  phone TEXT NOT NULL DEFAULT '',
  contact_id BIGINT,
  reason TEXT NOT NULL,
  author TEXT NOT NULL,
  source TEXT NOT NULL DEFAULT '',
  at BIGINT NOT NULL,
  removed_at BIGINT
) WITHOUT ROWID;
CREATE INDEX risk_phone ON risk_mark (phone) WHERE phone <> '' AND removed_at IS NULL;
CREATE INDEX risk_contact ON risk_mark (contact_id) WHERE contact_id IS NOT NULL AND removed_at IS NULL;
