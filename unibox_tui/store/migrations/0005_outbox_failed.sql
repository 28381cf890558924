-- Health counts what failed at every change; what was sent stays in the table and must not be walked through for it.
CREATE INDEX outbox_failed ON outbox (inbox_id) WHERE state = 'failed';
