-- The list of contacts: who was here last stands first.
CREATE INDEX contact_listed ON contact (coalesce(last_seen_at, 0), id) WHERE merged_into IS NULL;
