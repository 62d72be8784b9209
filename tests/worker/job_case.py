"""A site with jobs, and workers that end with the test."""

import unittest

from site_folder import Site


class JobCase(unittest.TestCase):
    program = ""

    def setUp(self):
        self.site = Site(self.program)
        self.addCleanup(self.site.close)
        self.workers = []
        self.addCleanup(self.end_workers)

    def end_workers(self):
        for worker in self.workers:
            worker.kill()
            worker.communicate()

    def configure(self, text):
        (self.site.folder / "menacedb.toml").write_text(text)

    def add(self, job_type, payloads):
        lines = "".join(f"{payload}\n" for payload in payloads)
        self.site.run("jobs", "add", job_type, "--stdin", text=lines, check=0)

    def insert(self, job_type, payload="{}"):
        """As a program does that knows nothing of menacedb."""
        self.site.sql(
            "INSERT INTO sync_jobs(job_type, payload, status, created_at) "
            f"VALUES('{job_type}', '{payload}', 'pending', unixepoch())"
        )

    def statuses(self):
        return dict(self.site.sql("SELECT status, count(*) FROM sync_jobs GROUP BY status"))

    def work(self, *words, **variables):
        worker = self.site.spawn("jobs", "work", "-q", *words, **variables)
        self.workers.append(worker)
        return worker
