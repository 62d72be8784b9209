#!/usr/bin/env python3
"""`status --watch` under a pseudo-terminal: status_watch.py MENACEDB [TEST...]"""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
import unittest

from site_folder import PATIENCE, Site

PROGRAM = ""


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, site, words, rows, columns):
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            self.resize_of(0, rows, columns)
            os.chdir(site.folder)
            os.execve(site.program, [site.program, *words], site.environment)
        self.resize(rows, columns)
        self.seen = ""

    @staticmethod
    def resize_of(descriptor, rows, columns):
        fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, rows, columns):
        self.resize_of(self.master, rows, columns)

    def read_until(self, pattern):
        end = time.monotonic() + PATIENCE
        while not re.search(pattern, self.seen, re.DOTALL):
            ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise AssertionError(f"waited in vain for {pattern!r} in {self.seen!r}")
            try:
                self.seen += os.read(self.master, 65536).decode()
            except OSError as gone:
                raise AssertionError(f"ended without {pattern!r}: {self.seen!r}") from gone

    def forget(self):
        self.seen = ""

    def press(self, key):
        os.write(self.master, key.encode())

    def end(self):
        """The exit status, after what is left of the output."""
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                break
            if not data:
                break
            self.seen += data.decode()
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)


def pages(text):
    """What each drawing put on the screen, line by line."""
    drawn = text.split("\x1b[H")[1:]
    return [[re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line) for line in page.split("\r\n")]
            for page in drawn]


class StatusWatchTest(unittest.TestCase):
    def setUp(self):
        self.site = Site(PROGRAM)
        self.addCleanup(self.site.close)
        self.site.run("init", check=0)

    def watch(self, *words, rows=40, columns=100):
        return Terminal(self.site, ["status", "--watch=30ms", *words], rows, columns)

    def test_it_redraws_in_place_until_q(self):
        terminal = self.watch()
        terminal.read_until(r"Pending: +0.*\x1b\[H.*Pending: +0")
        terminal.forget()
        self.site.enqueue("a")
        terminal.read_until(r"Pending: +1")
        self.assertNotIn("\x1b[2J", terminal.seen)  # which would flicker
        terminal.press("q")
        self.assertEqual(terminal.end(), 0)
        self.assertTrue(terminal.seen.endswith("\x1b[?25h\x1b[?1049l"), terminal.seen[-40:])

    def test_an_interrupt_gives_the_terminal_back(self):
        terminal = self.watch()
        terminal.read_until("Pending")
        before = termios.tcgetattr(terminal.master)[3]
        self.assertFalse(before & termios.ECHO)
        terminal.press("\x03")
        terminal.read_until(r"\x1b\[\?1049l")
        self.assertTrue(termios.tcgetattr(terminal.master)[3] & termios.ECHO)
        self.assertEqual(terminal.end(), 0)

    def test_it_fits_the_terminal_also_after_a_resize(self):
        terminal = self.watch(rows=6, columns=20)
        terminal.read_until(r"Status.*\x1b\[H.*\x1b\[H")
        page = pages(terminal.seen)[0]
        self.assertEqual(len(page), 6)
        self.assertTrue(all(len(line) <= 20 for line in page), page)
        self.assertNotIn("Databases", terminal.seen)
        terminal.forget()
        terminal.resize(60, 120)
        terminal.read_until("Databases:")
        terminal.press("q")
        self.assertEqual(terminal.end(), 0)

    def test_a_resize_is_drawn_at_once(self):
        terminal = Terminal(self.site, ["status", "--watch=1h"], 6, 40)
        terminal.read_until("Queue System Status")
        terminal.forget()
        terminal.resize(60, 120)
        terminal.read_until("Databases:")
        terminal.press("q")
        self.assertEqual(terminal.end(), 0)

    def test_without_a_terminal_pages_follow_each_other(self):
        watcher = self.site.spawn("status", "--watch=20ms")
        lines = []
        while lines.count("Queue System Status\n") < 3:
            lines.append(watcher.stdout.readline())
        self.assertNotIn("\x1b", "".join(lines))
        watcher.send_signal(signal.SIGTERM)
        watcher.communicate(timeout=PATIENCE)
        self.assertEqual(watcher.returncode, 0)

    def test_json_is_a_line_each_time(self):
        watcher = self.site.spawn("status", "--watch=20ms", "--json")
        for _ in range(3):
            self.assertEqual(json.loads(watcher.stdout.readline())["schema"], "menacedb.status/1")
        watcher.stdout.close()  # a reader that went away ends it
        watcher.wait(timeout=PATIENCE)
        self.assertEqual(watcher.returncode, 0)
        watcher.stderr.close()


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
