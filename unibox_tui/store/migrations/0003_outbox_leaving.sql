-- When the first byte of this attempt was about to leave. A `sending` row without it certainly did not go.
ALTER TABLE outbox ADD COLUMN leaving_at BIGINT;
