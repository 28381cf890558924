-- Ids a message refers to that are not here (yet): back-fill runs newest first, so an answer may come before its question.
CREATE TABLE missing_ancestor (
  scope TEXT NOT NULL,
  provider_id TEXT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (scope, provider_id, n)
) WITHOUT ROWID;
