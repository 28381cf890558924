-- Stored answers by group, with a variant for each kind of channel and buttons; several of one shortcut in other languages.
-- scope: team, agent:NAME or inbox:NAME. attachments: JSON list of {name, media_type, size, sha256}.
ALTER TABLE canned ADD COLUMN group_name TEXT NOT NULL DEFAULT '';
ALTER TABLE canned ADD COLUMN variants TEXT NOT NULL DEFAULT '{}';  -- chat, sms, mail -> text
ALTER TABLE canned ADD COLUMN buttons TEXT NOT NULL DEFAULT '[]';
-- How often those of a configuration file were used: they have no row of their own.
CREATE TABLE canned_use (
  key TEXT PRIMARY KEY,                -- file:SHORTCUT
  used BIGINT NOT NULL,
  used_at BIGINT NOT NULL
) WITHOUT ROWID;
