"""What a disk may hold after a power cut, given the system calls that were made before it.

Promised is what POSIX promises, and no more:
- the bytes and the size of a file as of its last fdatasync or fsync, its attributes as of its last fsync;
- the names in a directory as of the last fsync of that directory. A sync of a file says nothing about
  its name, a sync of a directory nothing about its own name or about the content of its files.
Everything since then may be there or not, in any combination: of the writes to one page (4 KiB) the
first few, whatever happened to other pages; a size that grew, with zeros instead of the bytes.

Two things are assumed, which file systems with a journal and those that copy on write all keep: a
rename happens as a whole, also between two directories (so the sync of either, which promises the
names of that one, promises all of it), and names follow names: a change of a name that is there brings
with it the earlier changes of the same name.
"""
import os

PAGE = 4096


class Node:
    """A file or directory. The disk holds `synced`, and any of `later`."""

    def __init__(self, number, is_directory):
        self.number, self.is_directory = number, is_directory
        self.synced, self.later = bytearray(), []
        self.attributes, self.later_attributes = {}, []

    def sync(self, is_full):
        apply(self.synced, self.later)
        self.later = []
        if is_full:
            self.attributes.update(self.later_attributes)
            self.later_attributes = []


def apply(content, changes):
    for offset, data in changes:
        if data is None:
            resize(content, offset)
        else:
            resize(content, max(len(content), offset))
            content[offset:offset + len(data)] = data


def resize(content, size):
    if size < len(content):
        del content[size:]
    else:
        content.extend(bytes(size - len(content)))


def pieces(offset, data):
    while data:
        size = PAGE - offset % PAGE
        yield offset, data[:size]
        offset, data = offset + size, data[size:]


class Change:
    """Of names, as a whole: [(directory, name, node or None)]."""

    def __init__(self, halves, needs=()):
        self.halves, self.needs, self.is_promised = halves, list(needs), False
        self.directories = {directory for directory, _, _ in halves}


class Disk:
    """The state after the calls that were replayed into it."""

    def __init__(self, root):
        self.root = root
        self.nodes = {}       # by inode number, the latest owner of it
        self.names = {}       # as programs see them: (directory, name) -> node
        self.base = {}        # the same, promised
        self.changes = []     # since then
        self.latest = {}      # (directory, name) -> its latest change
        self.born = {}        # directory -> the change that made it
        self.top = self.scan(root)

    def scan(self, path):
        """Takes over what lies there as if it were synced."""
        node = Node(os.stat(path).st_ino, os.path.isdir(path))
        self.nodes[node.number] = node
        if node.is_directory:
            for name in os.listdir(path):
                self.names[node, name] = self.base[node, name] = self.scan(f"{path}/{name}")
        else:
            with open(path, "rb") as file:
                node.synced = bytearray(file.read())
        return node

    def place(self, path):
        node = self.top
        *parents, name = os.path.relpath(path, self.root).split("/")
        for parent in parents:
            node = self.names[node, parent]
        return node, name

    def change(self, halves):
        keys = [(directory, name) for directory, name, _ in halves]
        needs = [self.latest[key] for key in keys if key in self.latest]
        if len(halves) > 1:  # what is moved into a directory does not vanish for want of it
            needs += [self.born[directory] for directory, _ in keys if directory in self.born]
        change = Change(halves, needs)
        self.changes.append(change)
        for directory, name, node in halves:
            self.latest[directory, name] = change
            if node is None:
                self.names.pop((directory, name), None)
            else:
                self.names[directory, name] = node
        return change

    # The calls, as record_calls tells them.

    def open(self, number, truncates, path):
        place = self.place(path)
        if place not in self.names:
            self.nodes[number] = Node(number, False)
            self.change([(*place, self.nodes[number])])
        elif truncates:
            self.truncate(number, 0)

    def mkdir(self, number, path):
        node = self.nodes[number] = Node(number, True)
        self.born[node] = self.change([(*self.place(path), node)])

    def write(self, number, offset, data):
        self.nodes[number].later.extend(pieces(offset, data))

    def truncate(self, number, size):
        self.nodes[number].later.append((size, None))

    def attribute(self, number, name, value):
        self.nodes[number].later_attributes.append((name, value))

    def rename(self, exchanges, source, target):
        source, target = self.place(source), self.place(target)
        left = self.names[target] if exchanges else None
        if source != target:
            self.change([(*source, left), (*target, self.names[source])])

    def link(self, source, target):
        self.change([(*self.place(target), self.names[self.place(source)])])

    def unlink(self, path):
        self.change([(*self.place(path), None)])

    rmdir = unlink

    def sync(self, number, is_full):
        node = self.nodes[number]
        if not node.is_directory:
            node.sync(is_full)
            return
        for change in self.changes:
            change.is_promised |= node in change.directories
        for change in reversed(self.changes):
            if change.is_promised:
                for needed in change.needs:
                    needed.is_promised = True
        while self.changes and self.changes[0].is_promised:
            store(self.base, self.changes.pop(0))


def store(names, change):
    for directory, name, node in change.halves:
        if node is None:
            names.pop((directory, name), None)
        else:
            names[directory, name] = node


class Cut:
    """One of the outcomes of a cut. `names` and `data` each say what became of what was not synced:
    lost, kept, first (the first few changes), some (any)."""

    def __init__(self, disk, rng, names, data):
        self.disk, self.rng, self.data = disk, rng, data
        self.tree = dict(disk.base)
        for change in self.surviving(names):
            store(self.tree, change)
        self.children = {}
        for (directory, name), node in self.tree.items():
            self.children.setdefault(directory, {})[name] = node

    def surviving(self, names):
        changes = self.disk.changes
        first = self.rng.randint(0, len(changes))
        kept = set()
        for i, change in reversed(list(enumerate(changes))):
            chosen = {"lost": False, "kept": True, "first": i < first,
                      "some": self.rng.random() < 0.5}[names]
            if chosen or change.is_promised or change in kept:
                kept.update([change, *change.needs])
        return [change for change in changes if change in kept]

    def content(self, node):
        content = bytearray(node.synced)
        apply(content, self.surviving_writes(node, len(content)))
        return bytes(content)

    def surviving_writes(self, node, size):
        if self.data == "lost":
            return []
        if self.data == "kept":
            return node.later
        if self.data == "first":
            return node.later[:self.rng.randint(0, len(node.later))]
        ended, kept = set(), []
        for offset, data in node.later:
            if data is None:
                if self.rng.random() < 0.5:
                    kept.append((offset, data))
                continue
            page = offset // PAGE
            if page not in ended and self.rng.random() < 0.3:
                ended.add(page)
                if offset >= size and self.rng.random() < 0.3:
                    kept.append((offset, bytes(len(data))))
            if page not in ended:
                kept.append((offset, data))
        return kept

    def attributes(self, node):
        later = node.later_attributes
        count = {"lost": 0, "kept": len(later)}.get(self.data)
        if count is None:
            count = self.rng.randint(0, len(later))
        return {**node.attributes, **dict(later[:count])}

    def leaves(self, node=None, path="", done=None):
        """(path, node) of all that can be reached, directories before what is in them."""
        for name, child in sorted(self.children.get(node or self.disk.top, {}).items(),
                                  key=lambda item: item[0]):
            yield f"{path}/{name}", child
            if child.is_directory:
                yield from self.leaves(child, f"{path}/{name}")

    def write(self, folder, edit):
        """Makes the tree in the folder; `edit` may change bytes (path, content) or leave files out."""
        written = {}
        for path, node in self.leaves():
            if node.is_directory:
                os.makedirs(folder + path)
            elif node in written:
                os.link(written[node], folder + path)
            else:
                content = edit(path, self.content(node))
                if content is not None:
                    written[node] = folder + path
                    self.write_file(folder + path, node, content)

    def write_file(self, path, node, content):
        with open(path, "wb") as file:
            file.write(content)
            own, copied = str(node.number).encode(), str(os.fstat(file.fileno()).st_ino).encode()
            for name, value in self.attributes(node).items():
                # A cut leaves a file its inode number, which some values tell.
                if value.startswith(own + b":"):
                    value = copied + value[len(own):]
                os.setxattr(file.fileno(), name, value)
