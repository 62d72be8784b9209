"""Compares our canonical JSON, hash and Python form with Python's own, over generated values.

usage: differential_python.py CANONICAL_JSON [COUNT [SEED]]
"""

import hashlib
import json
import random
import struct
import subprocess
import sys

CHARACTERS = (
    [chr(c) for c in range(0x20)]
    + list(' !"/\\#,:{}[]abcXYZ0123456789\x7f')
    + list("\x80\x9f\xa0éßÿĀжא日本語한\u2028\u2029\ufeff\uffff\ud7ff\ue000😀🧬\U00010000\U0010ffff")
)
TO_LOWER = {c: c + 32 for c in range(ord("A"), ord("Z") + 1)}
SHORT_ESCAPES = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}


def random_text(rng):
    kind = rng.random()
    if kind < 0.4:
        return "".join(rng.choice("abcdefghij_ -") for _ in range(rng.randrange(40)))
    length = rng.randrange(12) if kind < 0.95 else rng.randrange(300)
    return "".join(rng.choice(CHARACTERS) for _ in range(length))


def random_real(rng):
    kind = rng.randrange(6)
    if kind == 0:
        return rng.choice([0.0, -0.0, 1.0, 1e15, 1e16, 1e17, 1e22, 1e-4, 1e-5, 1e-7, 5e-324,
                           2.2250738585072014e-308, 1.7976931348623157e308, 0.1, 9007199254740993.0])
    if kind == 1:
        return round(rng.uniform(-1000, 1000), rng.randrange(6))
    if kind == 2:
        return rng.uniform(-1, 1) * 10.0 ** rng.randrange(-30, 30)
    while True:
        value = struct.unpack("<d", rng.randbytes(8))[0]
        if value == value and abs(value) != float("inf"):
            return value


def random_integer(rng):
    bits = rng.choice([1, 4, 8, 16, 31, 32, 53, 62, 63, 64, 65, 80, 200, 700])
    return rng.choice([-1, 1]) * rng.getrandbits(bits)


def random_value(rng, depth):
    kind = rng.randrange(10 if depth > 0 else 7)
    if kind == 0:
        return rng.choice([None, True, False])
    if kind <= 2:
        return random_integer(rng)
    if kind <= 4:
        return random_real(rng)
    if kind <= 6:
        return random_text(rng)
    if kind == 7:
        return [random_value(rng, depth - 1) for _ in range(rng.choice([0, 1, 2, 3, 5] if depth > 1 else [0, 2, 4, 40]))]
    return random_object(rng, depth)


def random_object(rng, depth):
    members = {}
    columns = set()
    for _ in range(rng.choice([0, 1, 2, 4, 6] if depth > 1 else [0, 3, 8, 40])):
        key = random_text(rng)
        # Names that differ only in ASCII case are one column, so they are refused.
        if ascii_lower(key) not in columns:
            columns.add(ascii_lower(key))
            members[key] = random_value(rng, depth - 1)
    return members


def ascii_lower(text):
    return text.translate(TO_LOWER)


def spell_character(rng, c):
    code = ord(c)
    must_escape = c in '"\\' or code < 0x20
    if not must_escape and rng.random() < 0.9:
        return c
    if c in SHORT_ESCAPES and rng.random() < 0.5:
        return "\\" + SHORT_ESCAPES[c]
    if c in '"\\/' and rng.random() < 0.5:
        return "\\" + c
    units = struct.unpack("<%dH" % (len(c.encode("utf-16-le")) // 2), c.encode("utf-16-le"))
    form = rng.choice(["\\u%04x", "\\u%04X"])
    return "".join(form % unit for unit in units)


def spell_text(rng, text):
    return '"' + "".join(spell_character(rng, c) for c in text) + '"'


def spell_number(rng, value):
    text = repr(value)
    if isinstance(value, float):
        kind = rng.randrange(4)
        if kind == 0:
            text = "%.17e" % value
        elif kind == 1 and "e" in text:
            text = text.replace("e", "E")
        elif kind == 2 and abs(value) < 1e25:
            text = "%.40f" % value
    elif value == 0 and rng.random() < 0.3:
        text = "-0"
    return text


def spell(rng, value):
    """The value as JSON in one of its many spellings."""
    def blank():
        return rng.choice(["", "", " ", "  ", "\t", "\r"])
    if isinstance(value, dict):
        items = list(value.items())
        rng.shuffle(items)
        body = ("," + blank()).join(blank() + spell_text(rng, k) + blank() + ":" + blank()
                                    + spell(rng, v) for k, v in items)
        return "{" + body + blank() + "}"
    if isinstance(value, list):
        return "[" + ",".join(blank() + spell(rng, v) + blank() for v in value) + "]"
    if isinstance(value, str):
        return spell_text(rng, value)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return spell_number(rng, value)


def canonical(value):
    """The form that the systems replaced have hashed."""
    if isinstance(value, dict):
        return {key: canonical(member) for key, member in value.items()}
    if isinstance(value, list):
        return sorted((canonical(element) for element in value),
                      key=lambda element: json.dumps(element, sort_keys=True))
    return value


def expected_answer(line):
    value = json.loads(line)
    text = json.dumps(canonical(value), sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return "\t".join([text, digest, json.dumps(value, sort_keys=True)])


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 4000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20260102
    rng = random.Random(seed)
    values = [random_object(rng, 3) if rng.random() < 0.7 else random_value(rng, 4)
              for _ in range(count)]
    lines = [spell(rng, value) for value in values]
    answers = subprocess.run([program], input="\n".join(lines).encode() + b"\n",
                             stdout=subprocess.PIPE, check=True).stdout.decode().split("\n")[:-1]
    if len(answers) != len(lines):
        sys.exit("%d lines gave %d answers" % (len(lines), len(answers)))
    for line, answer in zip(lines, answers):
        expected = expected_answer(line)
        if answer != expected:
            sys.exit("line     %r\nexpected %r\nanswer   %r" % (line, expected, answer))
    print("%d values equal, seed %d" % (count, seed))


main()
