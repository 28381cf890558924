-- What suggestions are learned from. No words of customers: `features` are hashes of pieces of words.
CREATE TABLE suggest_answer (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,            -- canned:ID, file:SHORTCUT, text:DIGEST
  text TEXT                            -- of text: ones, which were taught from a file
);
CREATE TABLE suggest_example (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,            -- what makes it a repeat: n:ANSWER, file:DIGEST
  answer_id BIGINT,                    -- none: the answer was written for this one question
  answer_n BIGINT,                     -- our message
  group_name TEXT,
  features BLOB NOT NULL,              -- 32-bit numbers, ascending, little end first
  version INTEGER NOT NULL
);
CREATE INDEX suggest_example_answer ON suggest_example (answer_id) WHERE answer_id IS NOT NULL;
-- The messages an example was made of: when one of them goes, the example goes.
CREATE TABLE suggest_source (
  n BIGINT NOT NULL,
  example_id BIGINT NOT NULL,
  PRIMARY KEY (n, example_id)
) WITHOUT ROWID;
CREATE INDEX suggest_source_example ON suggest_source (example_id);
-- One row. `data` is the built model; none while what it was built from is no longer all there.
CREATE TABLE suggest_model (
  id INTEGER PRIMARY KEY,
  generation BIGINT NOT NULL,          -- grows whenever examples go
  upto BIGINT NOT NULL,                -- the newest example in `data`
  size BIGINT NOT NULL,
  built_at BIGINT,
  data BLOB
);
INSERT INTO suggest_model (id, generation, upto, size) VALUES (1, 0, 0, 0);

CREATE TRIGGER suggest_message_gone AFTER DELETE ON message BEGIN
  DELETE FROM suggest_example WHERE id IN (SELECT example_id FROM suggest_source WHERE n = OLD.n);
END;
CREATE TRIGGER suggest_message_cancelled AFTER UPDATE OF state ON message WHEN NEW.state = 'cancelled' BEGIN
  DELETE FROM suggest_example WHERE id IN (SELECT example_id FROM suggest_source WHERE n = NEW.n);
END;
CREATE TRIGGER suggest_words_changed AFTER UPDATE OF text ON message_body WHEN NEW.text <> OLD.text BEGIN
  DELETE FROM suggest_example WHERE id IN (SELECT example_id FROM suggest_source WHERE n = NEW.n);
END;
CREATE TRIGGER suggest_words_gone AFTER DELETE ON message_body BEGIN
  DELETE FROM suggest_example WHERE id IN (SELECT example_id FROM suggest_source WHERE n = OLD.n);
END;
CREATE TRIGGER suggest_example_gone AFTER DELETE ON suggest_example BEGIN
  DELETE FROM suggest_source WHERE example_id = OLD.id;
  UPDATE suggest_model SET generation = generation + 1, data = NULL, upto = 0, size = 0 WHERE id = 1;
END;
