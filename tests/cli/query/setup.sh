# Two instances, rows of both and of nobody, and tables that nobody may read.
export MENACE_ID=alpha
mkdir shared
sqlite3 shared/global.db <<'SQL'
CREATE TABLE bots (id INTEGER PRIMARY KEY, name, speed, source_menace_id);
INSERT INTO bots (name, speed, source_menace_id)
  VALUES ('scout', 7, 'alpha'), ('über', 2.5, 'beta'), ('日本', NULL, NULL), ('it''s', x'00ff', 'alpha');
CREATE TABLE errors (id INTEGER PRIMARY KEY, bot_id, message, source_menace_id);
INSERT INTO errors (bot_id, message, source_menace_id) VALUES (1, 'boom', 'alpha'), (2, 'bang', 'beta');
CREATE TABLE telemetry (a);
CREATE TABLE capital_ledger (x);
INSERT INTO capital_ledger VALUES ('gold');
CREATE TABLE secret (y);
INSERT INTO secret VALUES ('gold');
CREATE TABLE menacedb_own (z);
CREATE VIEW information AS SELECT name, count(*) AS n FROM bots GROUP BY name;
CREATE VIEW overrides AS SELECT x FROM capital_ledger;
CREATE VIEW code AS SELECT y FROM secret;
CREATE VIRTUAL TABLE enhancements USING fts5(body, source_menace_id);
INSERT INTO enhancements VALUES ('hello world', 'alpha'), ('hello moon', 'beta');
CREATE TRIGGER leak AFTER INSERT ON telemetry BEGIN INSERT INTO capital_ledger VALUES (new.a); END;
SQL
sqlite3 menace_alpha_local.db "CREATE TABLE memory (k, v); INSERT INTO memory VALUES ('a', 1), ('b', 2)"
