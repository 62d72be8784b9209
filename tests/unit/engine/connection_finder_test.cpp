#include "core/engine/clients/allow_list.hpp"
#include "core/engine/clients/connection_finder.hpp"
#include "core/engine/clients/source_mask.hpp"
#include "tests/support/error_of.hpp"

#include <doctest/doctest.h>

namespace menacedb {
namespace {

// The patterns found, separated by blanks; a line has one newline at its end.
[[nodiscard]] std::string found(std::string_view text, Language language) {
  std::string patterns;
  for (const DirectConnection& connection :
       find_connections(text, mask_source(text, language), language)) {
    patterns += (patterns.empty() ? "" : ", ") + connection.pattern;
  }
  CHECK((patterns.empty() || may_connect(text)));
  return patterns;
}

[[nodiscard]] std::string python(std::string_view text) {
  return found(text, Language::python);
}
[[nodiscard]] std::string javascript(std::string_view text) {
  return found(text, Language::javascript);
}
[[nodiscard]] std::string shell(std::string_view text) {
  return found(text, Language::shell);
}

} // namespace

TEST_CASE("python connections are found under every name") {
  CHECK(python("conn = sqlite3.connect('a.db')") == "sqlite3.connect");
  CHECK(python("conn = sqlite3 . connect (\n'a.db')") == "sqlite3.connect");
  CHECK(python("import sqlite3 as x\nx.connect('a')") == "sqlite3.connect");
  CHECK(python("import os, sqlite3 as x, sys\nx.connect('a')") == "sqlite3.connect");
  CHECK(python("import sqlite3.dbapi2 as d\nd.connect('a')") == "sqlite3.dbapi2.connect");
  CHECK(python("from sqlite3 import dbapi2 as d\nd.connect('a')") == "sqlite3.connect");
  CHECK(python("sqlite3.dbapi2.connect('a')") == "sqlite3.connect");
  CHECK(python("from sqlite3 import connect") == "from sqlite3 import connect");
  CHECK(python("from sqlite3 import connect as open_db\nopen_db('a')") ==
        "from sqlite3 import connect, sqlite3.open_db");
  CHECK(python("from sqlite3 import (\n  Row, # rows\n  connect as c,\n)\nc('a')") ==
        "from sqlite3 import connect, sqlite3.c");
  CHECK(python("from sqlite3 import *\nconnect('a')") == "sqlite3.connect");
  CHECK(python("def f():\n    return c('a')\nfrom sqlite3 import connect as c") ==
        "from sqlite3 import connect, sqlite3.c");
  CHECK(python("await aiosqlite.connect('a')") == "aiosqlite.connect");
  CHECK(python("apsw.Connection('a')") == "apsw.Connection");
  CHECK(python("sqlite3.Connection('a')") == "sqlite3.Connection");
  CHECK(python("partial(sqlite3.connect, 'a')") == "sqlite3.connect");
  CHECK(python("__import__('sqlite3').connect('a')") == "__import__(sqlite3)");
  CHECK(python("importlib.import_module(\"sqlite3\").connect('a')") == "import_module(sqlite3)");
}

TEST_CASE("python that opens nothing is left alone") {
  CHECK(python("import sqlite3") == "");
  CHECK(python("import sqlite3\nx.connect('a')\nconnect('a')") == "");
  CHECK(python("# sqlite3.connect('a')") == "");
  CHECK(python("\"\"\"Never call\nsqlite3.connect(x).\n\"\"\"\nx = 1") == "");
  CHECK(python("print('use sqlite3.connect(x)', r\"sqlite3.connect(\")") == "");
  CHECK(python("def f(c: sqlite3.Connection) -> sqlite3.Row: pass") == "");
  CHECK(python("except sqlite3.connection_error:") == "");
  CHECK(python("my_sqlite3.connect('a')") == "");
  CHECK(python("from sqlite3 import connect\nclass A:\n  def connect(self): pass\n  a.connect()") ==
        "from sqlite3 import connect");
  CHECK(python("from sqlite3 import Row, Connection\n") == "");
}

TEST_CASE("javascript connections are found by their package") {
  CHECK(javascript("const D = require('better-sqlite3');") == "better-sqlite3");
  CHECK(javascript("import Database from \"better-sqlite3\";") == "better-sqlite3");
  CHECK(javascript("import {\n  open\n} from 'sqlite'") == "sqlite");
  CHECK(javascript("const s = require(\"sqlite3\").verbose()") == "sqlite3");
  CHECK(javascript("const s = await import('node:sqlite')") == "node:sqlite");
  CHECK(javascript("new DatabaseSync('a')/* sqlite */") == "new DatabaseSync");
  CHECK(javascript("new sqlite3.Database('a')") == "sqlite3.Database");
  CHECK(javascript("// require('sqlite3')\n/* import 'sqlite3' */") == "");
  CHECK(javascript("import type D from 'better-sqlite3'") == "");
  CHECK(javascript("const t = `require('sqlite3')`; const u = \"require('sqlite3')\"") == "");
  CHECK(javascript("require('./sqlite3')") == "");
}

TEST_CASE("other languages are searched for their calls") {
  CHECK(found("int r = sqlite3_open(\"a\", &db);", Language::c) == "sqlite3_open");
  CHECK(found("sqlite3_open_v2 (p,&d,f,0); sqlite3_open16(p,&d);", Language::c) ==
        "sqlite3_open_v2, sqlite3_open16");
  CHECK(found("// sqlite3_open(\n/* sqlite3_open( */ s = \"sqlite3_open(\"; sqlite3_opener();",
              Language::c) == "");
  CHECK(found("db, err := sql.Open(\"sqlite3\", p)", Language::go) == "sql.Open");
  CHECK(found("db := sqlx.MustConnect(`sqlite`, p)", Language::go) == "sql.MustConnect");
  CHECK(found("sql.Open(\"postgres\", p) // sqlite", Language::go) == "");
  CHECK(found("use rusqlite::Connection;\nfn f<'a>() { Connection::open(p)?; }", Language::rust) ==
        "rusqlite::Connection::open");
  CHECK(found("Connection::open(p); // sqlite", Language::rust) == "");
  CHECK(found("SQLite3::Database.new 'a'\nSQLite3::Database.open('a') # SQLite3::Database.new",
              Language::ruby) == "SQLite3::Database.new, SQLite3::Database.open");
}

TEST_CASE("shell commands are found where a command can stand") {
  for (const std::string_view text :
       {"sqlite3 a.db", "  sqlite3 \"$DB\" 'SELECT 1'", "x=$(sqlite3 a.db .tables)",
        "echo \"rows: $(sqlite3 a.db 'SELECT 1')\"", "echo 1 | sqlite3 -batch a.db",
        "if sqlite3 a.db .tables; then", "/usr/bin/sqlite3 a.db", "sudo -u x sqlite3 a.db",
        "timeout 5 sqlite3 a.db", "PAGER= sqlite3 a.db", "`sqlite3 a.db .dump`",
        "true && sqlite3 -cmd '.timeout 1' a.db", "sqlite3 \\\n  a.db", "sqlite3 a.db <<EOF"}) {
    CAPTURE(text);
    CHECK(shell(text) == "sqlite3 FILE");
  }
  for (const std::string_view text :
       {"# sqlite3 a.db", "command -v sqlite3", "apt-get install sqlite3 git", "echo sqlite3 a.db",
        "echo 'sqlite3 a.db'", "echo \"sqlite3 a.db\"", "sqlite3 --version", "sqlite3 -version",
        "which sqlite3 && true", "ls lib/sqlite3 a.db", "python3 -m sqlite3 a.db"}) {
    CAPTURE(text);
    CHECK(shell(text) == "");
  }
}

TEST_CASE("make and yaml hold shell commands") {
  CHECK(found("all:\n\t@sqlite3 a.db .dump\n\t-sqlite3 b.db .dump\n", Language::makefile) ==
        "sqlite3 FILE, sqlite3 FILE");
  CHECK(found("# don't\n- run: sqlite3 a.db .dump\n- run: |\n    sqlite3 b.db .dump\n",
              Language::yaml) == "sqlite3 FILE, sqlite3 FILE");
  CHECK(found("# don't sqlite3 a.db\n- name: the sqlite3 a.db\n", Language::yaml) == "");
}

TEST_CASE("a language is told by name or interpreter") {
  CHECK(language_of_name("a/b.py") == Language::python);
  CHECK(language_of_name("Makefile") == Language::makefile);
  CHECK(language_of_name(".py") == Language::none);
  CHECK(language_of_name("a.py/b") == Language::none);
  CHECK(may_have_interpreter("a.py/b"));
  CHECK_FALSE(may_have_interpreter("b.txt"));
  CHECK(language_of_interpreter("#!/usr/bin/env -S LC_ALL=C python3.11 -u\n") == Language::python);
  CHECK(language_of_interpreter("#!/bin/sh") == Language::shell);
  CHECK(language_of_interpreter("#!") == Language::none);
  CHECK(language_of_interpreter("#! /usr/bin/env") == Language::none);
  CHECK(language_of_interpreter("text") == Language::none);
}

TEST_CASE("an allow list wants reasons and knows which entries are of use") {
  AllowList list("# who\n\nrouter.py\tthe router\n ./scripts/*.py  early\nold/  kept\n", "list");
  CHECK(list.allows("router.py"));
  CHECK(list.allows("./router.py"));
  CHECK(list.allows("scripts/deep/new_db.py"));
  CHECK(list.allows("old/a/b.c"));
  CHECK_FALSE(list.allows("a/router.py"));
  REQUIRE(list.entries().size() == 3);
  CHECK(list.entries()[1].line == 4);
  CHECK(list.entries()[1].reason == "early");

  const auto error = test::error_of([] { AllowList("a.py ok\nb.py\n", "list"); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::config);
  CHECK(error->message() == "list:2: cannot allow 'b.py': the reason is missing");
}

TEST_CASE("masked text has its lines and places where they were") {
  for (const Language language :
       {Language::python, Language::javascript, Language::c, Language::go, Language::rust,
        Language::ruby, Language::shell, Language::makefile, Language::yaml}) {
    const std::string text = "a 'b\nc' \"d\\\" # e\n// f ` g $(h `i` j\n/* k\n\"\"\" l '";
    const std::string masked = mask_source(text, language);
    REQUIRE(masked.size() == text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
      CHECK((text[i] == '\n') == (masked[i] == '\n'));
    }
  }
}

} // namespace menacedb
