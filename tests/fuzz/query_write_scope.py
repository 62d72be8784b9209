#!/usr/bin/env python3
"""query_write_scope.py MENACEDB [COUNT [SEED]]: `query --write --scope` against a database with
those rows only.

Generates UPDATE and DELETE statements and runs each twice: by menacedb on databases with the rows of
many instances, and by Python's sqlite3 on one that holds only the rows in scope. Afterwards the
rows in scope must be the same, and the others as they were. What menacedb refuses changes nothing.
"""

import os
import random
import sqlite3
import subprocess
import sys
import tempfile

from query_scope import COLUMNS, CONDITIONS, LOCAL, ORIGIN, SHARED, prepare, quoted


def term(rng, names, tables):
    kind = rng.randrange(6)
    if kind == 0:
        return str(rng.randrange(6))
    if kind == 1:
        return f"'{rng.choice('abc')}'"
    if kind == 2 and tables:
        table = rng.choice(tables)
        column = quoted(rng.choice(COLUMNS[table]))
        return f"(SELECT {rng.choice(['max', 'count'])}({column}) FROM {table})"
    return quoted(rng.choice(names))


def condition(rng, names, tables, depth=2):
    if depth and rng.random() < 0.5:
        word = rng.choice(["AND", "OR"])
        left, right = (condition(rng, names, tables, depth - 1) for _ in range(2))
        return f"({left} {word} {right})"
    if tables and rng.random() < 0.3:
        table = rng.choice(tables)
        column = quoted(rng.choice(COLUMNS[table]))
        inner = condition(rng, COLUMNS[table], [], 1)
        return f"{quoted(rng.choice(names))} IN (SELECT {column} FROM {table} WHERE {inner})"
    sign = rng.choice(["=", "<>", "<", "IS", "IS NOT"])
    return f"{term(rng, names, tables)} {sign} {term(rng, names, tables)}"


def statement(rng):
    table = rng.choice(list(SHARED) + list(LOCAL))
    others = [name for name in list(SHARED) + list(LOCAL) if name != table]
    where = f" WHERE {condition(rng, COLUMNS[table], others)}" if rng.random() < 0.8 else ""
    if rng.random() < 0.3:
        return table, f"DELETE FROM {table}{where}"
    column = quoted(rng.choice(COLUMNS[table]))
    return table, f"UPDATE {table} SET {column} = {term(rng, COLUMNS[table], others)}{where} -- where"


def rows(connection, table, kept="1"):
    return sorted(map(repr, connection.execute(f"SELECT * FROM {table} WHERE {kept}")))


def main():
    menacedb = os.path.abspath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    refused = changed = 0
    for number in range(count):
        with tempfile.TemporaryDirectory(prefix="menacedb-query-") as folder:
            scope = rng.choice(list(CONDITIONS))
            table, sql = statement(rng)
            reference = prepare(rng, folder)[scope]
            file = "shared/global.db" if table in SHARED else f"menace_{ORIGIN}_local.db"
            database = sqlite3.connect(os.path.join(folder, file))
            before = rows(database, table)
            kept = CONDITIONS[scope] if table in SHARED else "1"
            others = rows(database, table, f"({kept}) IS NOT 1")
            done = subprocess.run(
                [menacedb, "--menace-id", ORIGIN, "query", "-", "--scope", scope, "--write"],
                cwd=folder, input=sql, capture_output=True, text=True, check=False,
                env={**os.environ, "HOME": folder},
            )
            after = rows(database, table)
            database.close()
            try:
                reference.execute(sql)
                wanted = sorted(rows(reference, table) + others)
            except sqlite3.Error:
                wanted = None
            if done.returncode != 0:
                refused += 1
                wanted = before
            if after != wanted:
                sys.exit(f"statement {number}, scope {scope}:\n{sql}\n{done.stderr}\n"
                         f"wanted {wanted}\ngot    {after}")
            changed += before != after
    print(f"{count} statements, {refused} refused, {changed} changed rows")
    # Statements that do nothing would prove nothing.
    if refused > count // 4 or changed < count // 4:
        sys.exit("too few statements changed rows")


if __name__ == "__main__":
    main()
