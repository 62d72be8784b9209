"""The rows of the benchmarks, always the same for the same numbers."""

import hashlib
import json

COLUMNS = "seq INTEGER, name TEXT, note TEXT, score REAL, active INTEGER"
FIELDS = '["seq", "name", "note", "score", "active"]'


def data(number):
    """A row as JSON, in the canonical text of the content hash: keys sorted, ASCII only."""
    active = "true" if number % 3 == 0 else "false"
    score = (number * 7919 % 1_000_003) / 1000
    return (f'{{"active": {active}, "name": "agent-{number % 977:05d}", '
            f'"note": "pass {number % 41} of the night shift, n\\u00e9 {number % 4093}", '
            f'"score": {score}, "seq": {number}}}')


def content_hash(number):
    return hashlib.sha256(data(number).encode()).hexdigest()


def short_line(number):
    """A line with the payload, the origin and the table: what the smallest producers write."""
    return f'{{"data": {data(number)}, "source_menace_id": "alpha", "table": "telemetry"}}\n'


def full_line(number):
    """A complete line of producer A."""
    return (f'{{"data": {data(number)}, "hash": "{content_hash(number)}", '
            f'"hash_fields": {FIELDS}, "source_menace_id": "alpha", "table": "telemetry"}}\n')


def plain_row(number):
    """What a user gives to `menacedb enqueue --stdin`."""
    return data(number) + "\n"


def write(path, make, numbers):
    with open(path, "w", encoding="ascii", buffering=1 << 20) as file:
        file.writelines(map(make, numbers))
    return path


def values(number):
    """The columns' values, with the content hash."""
    row = json.loads(data(number))
    return (row["seq"], row["name"], row["note"], row["score"], int(row["active"]),
            content_hash(number))
