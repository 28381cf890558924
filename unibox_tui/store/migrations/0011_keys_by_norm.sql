-- The engine takes the primary key (by `kind` alone) before any index that names `kind` too; this one ends in it by itself.
DROP INDEX contact_key_norm;
CREATE INDEX contact_key_norm ON contact_key (norm);
