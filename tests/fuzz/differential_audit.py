"""Compares audit-analyse with a plain Python implementation, over generated logs.

usage: differential_audit.py MENACEDB [LOGS [SEED]]
"""

import collections
import gzip
import json
import pathlib
import random
import subprocess
import sys
import tempfile

NAMES = ["alpha", "beta", "a b", "", "x" * 40, 'quo"te', "back\\slash", "tab\t", "é日本", "\x7f", "\u0080",
         "instance-0123456789", "a\", \"table_name\": \"b"]
OPERATIONS = ["read", "write", "queue_insert", "insert", "update", "delete", "upsert", "other"]
WRITES = {"write", "queue_insert", "insert", "update", "delete", "upsert"}
ODD_LINES = ["", "  ", "[1]", "null", "5", '"text"', "{", "}", "{}", '{"menace_id": "a"}', "x" * 300, "{]",
             '{"menace_id": 1, "table_name": "b", "operation": "read"}',
             '{"menace_id": "a", "table_name": null, "operation": "read"}',
             '{"menace_id": "a", "table_name": "b", "operation": ["read"]}', "NaN", '{"a": 1} {"b": 2}',
             '{"menace_id": "a", "menace_id": "b", "table_name": "b", "operation": "read"}']


def random_line(rng):
    if rng.random() < 0.1:
        return rng.choice(ODD_LINES).encode() if rng.random() < 0.9 else b'{"menace_id": "\xff\xfe"}'
    entry = {"menace_id": rng.choice(NAMES), "table_name": rng.choice(NAMES),
             "operation": rng.choice(OPERATIONS), "timestamp": f"2024-05-14T12:00:{rng.randrange(60):02}Z"}
    if rng.random() < 0.3:
        entry["rows"] = rng.choice([0, 7, 10**18, 10**30, -1, 1.5])
    if rng.random() < 0.3:
        entry["hash"] = rng.choice(["0" * 64, "", "é"])
    if rng.random() < 0.1:
        entry.pop("timestamp")
    if rng.random() < 0.2:
        pairs = list(entry.items())
        rng.shuffle(pairs)
        entry = dict(pairs)
    form = {"ensure_ascii": rng.random() < 0.6}
    if rng.random() < 0.2:
        form["separators"] = (",", ":")
    line = json.dumps(entry, **form).encode()
    return line + b"\r" if rng.random() < 0.05 else line


def unique(pairs):
    names = [name.lower() for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a name occurs twice")
    return dict(pairs)


def refuse(word):
    raise ValueError(word)


def access(line):
    entry = json.loads(line.decode("utf-8"), object_pairs_hook=unique, parse_constant=refuse)
    found = tuple(entry[name] for name in ("menace_id", "table_name", "operation"))
    if not all(isinstance(text, str) for text in found):
        raise ValueError("no text")
    return found


def analyse(lines):
    counts, malformed = collections.Counter(), 0
    for line in lines:
        if not line.strip(b" \t\r\n\v\f"):
            continue
        try:
            counts[access(line)] += 1
        except (ValueError, KeyError, TypeError):
            malformed += 1
    tables, writers = collections.Counter(), collections.defaultdict(set)
    for (menace_id, table, operation), count in counts.items():
        tables[menace_id, table] += count
        if operation in WRITES:
            writers[table].add(menace_id)
    shared = collections.Counter()
    for (menace_id, table, _), count in counts.items():
        if len(writers[table]) > 1:
            shared[menace_id] += count
    return {
        "schema": "menacedb.audit-analyse/1",
        "entries": sum(counts.values()),
        "malformed": malformed,
        "operations": [{"menace_id": i, "table": t, "operation": o, "count": counts[i, t, o]}
                       for i, t, o in sorted(counts, key=lambda key: [part.encode() for part in key])],
        "tables": [{"menace_id": i, "table": t, "count": n} for (i, t), n in tables.most_common()],
        "top_shared_writers": [{"menace_id": i, "count": n} for i, n in shared.most_common(5)],
    }


def main():
    binary = pathlib.Path(sys.argv[1]).resolve()
    logs = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    with tempfile.TemporaryDirectory(prefix="menacedb-audit-") as scratch:
        for number in range(logs):
            lines = [random_line(rng) for _ in range(rng.randrange(3000))]
            content = b"\n".join(lines) + (b"\n" if rng.random() < 0.8 else b"")
            path = pathlib.Path(scratch, "audit.log")
            path.write_bytes(gzip.compress(content) if rng.random() < 0.3 else content)
            done = subprocess.run([binary, "audit-analyse", path, "--json", "--quiet", "--top", "5"],
                                  capture_output=True, check=True, cwd=scratch)
            ours, theirs = json.loads(done.stdout), analyse(content.split(b"\n"))
            if ours != theirs:
                for key, value in theirs.items():
                    if ours.get(key) != value:
                        print(f"log {number}, {key}:\nours   {str(ours.get(key))[:2000]}\n"
                              f"theirs {str(value)[:2000]}")
                sys.exit(1)
    print(f"{logs} logs agree")


if __name__ == "__main__":
    main()
