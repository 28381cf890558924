-- Which conversations hold files: one in twenty messages has some, a scan of each thread took 28 ms for a page.
CREATE INDEX message_with_files ON message (conversation_id) WHERE has_files = 1;
