"""What people use today: counts an audit log with Python's json module."""

import collections
import json
import sys

counts = collections.Counter()
with open(sys.argv[1], encoding="utf-8") as log:
    for line in log:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        counts[entry["menace_id"], entry["table_name"], entry["operation"]] += 1
print(sum(counts.values()), len(counts))
