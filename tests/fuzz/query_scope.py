#!/usr/bin/env python3
"""query_scope.py MENACEDB [COUNT [SEED]]: `query --scope` against a database with those rows only.

Generates SQL and runs it twice: by menacedb on databases with the rows of many instances, and by
Python's sqlite3 on one that holds only the rows in scope. Both must say the same, or both refuse.
"""

import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile

ORIGIN = "alpha"
SHARED = {
    "bots": ["id", "name", "speed", "source_menace_id"],
    "errors": ["id", "bot_id", "message", "source_menace_id"],
    "information": ["id", "name", "where", "source_menace_id"],
}
LOCAL = {"memory": ["k", "v"], "events": ["id", "kind"]}
VIEW = "CREATE VIEW overrides AS SELECT name, count(*) AS n FROM bots GROUP BY name"
CONDITIONS = {
    "local": "source_menace_id = 'alpha'",
    "global": "source_menace_id <> 'alpha' OR source_menace_id IS NULL",
    "all": "1",
}
COLUMNS = {**SHARED, **LOCAL, "overrides": ["name", "n"]}


def quoted(name):
    return f'"{name}"'


def value(rng):
    return rng.choice([None, rng.randrange(6), rng.choice("abc"), rng.randrange(40) / 8])


def fill(rng, connection, tables):
    for table, columns in tables.items():
        connection.execute(f"CREATE TABLE {table} ({', '.join(map(quoted, columns))})")
        for number in range(12):
            row = [number if column == "id" else value(rng) for column in columns]
            if columns[-1] == "source_menace_id":
                row[-1] = rng.choice([ORIGIN, "beta", "gamma", None])
            marks = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO {table} VALUES ({marks})", row)


class Generator:
    """One random SELECT. Every result is ordered by all its columns, so that LIMIT is decided."""

    def __init__(self, rng):
        self.rng = rng
        self.names = 0
        self.ctes = {}

    def fresh(self):
        self.names += 1
        return f"x{self.names}"

    def table(self):
        name = self.rng.choice(list(self.ctes) + list(COLUMNS) * 2)
        return name, self.ctes.get(name, COLUMNS.get(name))

    def spelled(self, name):
        styles = [quoted(name), f"[{name}]", f"`{name}`"]
        if name != "where":
            styles += [name, name.upper()]
        return self.rng.choice(styles)

    def column(self, sources):
        alias, columns = self.rng.choice(sources)
        return f"{alias}.{self.spelled(self.rng.choice(columns))}"

    def condition(self, sources, depth):
        kind = self.rng.randrange(9 if depth > 0 else 6)
        column = self.column(sources)
        if kind < 2:
            return f"{column} {self.rng.choice(['=', '<', '<>', 'IS', '>='])} {self.literal()}"
        if kind == 2:
            return f"{column} IS NOT NULL"
        if kind == 3:
            return f"NOT ({self.condition(sources, depth)})"
        if kind == 4:
            other = self.condition(sources, depth)
            return f"{self.condition(sources, depth)} {self.rng.choice(['OR', 'AND'])} {other}"
        if kind == 5:
            return f"{column} = {self.column(sources)} OR 1 = 1"
        inner, columns = self.table()
        alias = self.fresh()
        near = f"{alias}.{self.spelled(self.rng.choice(columns))}"
        where = f"{near} = {column}"
        if kind == 6:
            return f"EXISTS (SELECT 1 FROM {self.spelled(inner)} AS {alias} WHERE {where})"
        if kind == 7:
            return f"{column} IN (SELECT {near} FROM {self.spelled(inner)} {alias})"
        return f"(SELECT count(*) FROM {self.spelled(inner)} {alias} WHERE {where}) > 0"

    def literal(self):
        return self.rng.choice(["1", "2", "'a'", "'where'", "NULL", "2.5", "'alpha'"])

    def source(self, depth):
        alias = self.fresh()
        if depth > 0 and self.rng.random() < 0.2:
            sql, width = self.select(depth - 1, None)
            return f"({sql}) AS {alias}", (alias, [f"c{i}" for i in range(width)])
        name, columns = self.table()
        return f"{self.spelled(name)} AS {alias}", (alias, columns)

    def select(self, depth, width):
        first, source = self.source(depth)
        text, sources = f" FROM {first}", [source]
        for _ in range(self.rng.choice([0, 0, 1, 1, 2])):
            joined, source = self.source(depth)
            sources.append(source)
            kind = self.rng.choice([" JOIN ", " LEFT JOIN ", ", "])
            text += kind + joined
            if kind != ", ":
                text += f" ON {self.condition(sources, 0)}"
        width = width or self.rng.randrange(1, 4)
        group = self.rng.random() < 0.25
        if self.rng.random() < 0.7:
            text += f" WHERE {self.condition(sources, depth)}"
        columns = [self.column(sources) for _ in range(width)]
        if group:
            text += f" GROUP BY {', '.join(columns)}"
            text += self.rng.choice(["", " HAVING count(*) > 1", " HAVING count(*) = 1"])
            columns[-1] = self.rng.choice(["count(*)", f"min({columns[-1]})"])
        elif self.rng.random() < 0.2:
            columns[-1] = f"count(*) OVER (PARTITION BY {columns[-1]})"
        elif self.rng.random() < 0.15:
            columns = [f"count({column})" for column in columns]
        shown = ", ".join(f"{column} AS c{i}" for i, column in enumerate(columns))
        distinct = self.rng.choice(["", "", "DISTINCT "])
        return f"SELECT {distinct}{shown}{text}", width

    def with_clause(self):
        parts = []
        for _ in range(self.rng.choice([0, 0, 1, 2])):
            sql, width = self.select(1, None)
            # Now and then by the name of a table that it hides.
            name = self.rng.choice([self.fresh(), "bots", "memory", "capital_ledger"])
            if name not in self.ctes:
                columns = [f"c{i}" for i in range(width)]
                parts.append(f"{self.spelled(name)} AS ({sql})")
                self.ctes[name] = columns
        return f"WITH {', '.join(parts)} " if parts else ""

    def query(self):
        head = self.with_clause()
        sql, width = self.select(2, None)
        while self.rng.random() < 0.2:
            other, _ = self.select(1, width)
            sql += f" {self.rng.choice(['UNION', 'UNION ALL', 'EXCEPT', 'INTERSECT'])} {other}"
        order = ", ".join(f"{i + 1}" for i in range(width))
        limit = self.rng.choice(["", "", " LIMIT 5", " LIMIT 5 OFFSET 2"])
        return f"{head}{sql} ORDER BY {order}{limit} -- where"


def expected(connection, sql):
    try:
        return [list(row) for row in connection.execute(sql)]
    except sqlite3.Error as error:
        return f"refused: {error}"


def answer(menacedb, folder, scope, sql):
    done = subprocess.run(
        [menacedb, "--menace-id", ORIGIN, "query", "-", "--scope", scope, "--json"],
        cwd=folder, input=sql, capture_output=True, text=True, check=False,
        env={**os.environ, "HOME": folder},
    )
    if done.returncode == 0:
        return json.loads(done.stdout)["rows"]
    return f"refused: {done.stderr.strip()}"


def references(shared, local):
    """By scope, a database with the rows in scope and no others."""
    found = {}
    for scope, condition in CONDITIONS.items():
        connection = sqlite3.connect(":memory:")
        for table in list(SHARED) + list(LOCAL):
            origin, kept = (shared, condition) if table in SHARED else (local, "1")
            names = ", ".join(map(quoted, COLUMNS[table]))
            connection.execute(f"CREATE TABLE {table} ({names})")
            for row in origin.execute(f"SELECT * FROM {table} WHERE {kept}"):
                marks = ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO {table} VALUES ({marks})", row)
        connection.execute(VIEW)
        found[scope] = connection
    return found


def prepare(rng, folder):
    os.mkdir(os.path.join(folder, "shared"))
    shared = sqlite3.connect(os.path.join(folder, "shared", "global.db"))
    local = sqlite3.connect(os.path.join(folder, f"menace_{ORIGIN}_local.db"))
    fill(rng, shared, SHARED)
    fill(rng, local, LOCAL)
    shared.execute(VIEW)
    shared.execute("CREATE TABLE capital_ledger (c0)")
    shared.commit()
    local.commit()
    return references(shared, local)


def main():
    menacedb = os.path.abspath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    refused = rows = 0
    with tempfile.TemporaryDirectory(prefix="menacedb-query-") as folder:
        reference = prepare(rng, folder)
        for number in range(count):
            sql = Generator(rng).query()
            scope = rng.choice(list(CONDITIONS))
            wanted = expected(reference[scope], sql)
            got = answer(menacedb, folder, scope, sql)
            if isinstance(wanted, str) and isinstance(got, str):
                refused += 1
            elif wanted != got:
                sys.exit(f"query {number}, scope {scope}:\n{sql}\nwanted {wanted}\ngot    {got}")
            else:
                rows += len(wanted)
    print(f"{count} queries, {refused} refused by both, {rows} rows")
    # Queries that say nothing would prove nothing.
    if refused > count // 4 or rows < count:
        sys.exit("too few queries gave rows")


if __name__ == "__main__":
    main()
