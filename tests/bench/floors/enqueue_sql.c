// The least a process can do to queue a file: write it under another name, rename it, exit.
//
//   enqueue_sql SPOOL TEXT
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 3 || chdir(argv[1]) != 0) {
    return 2;
  }
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  char temporary[128];
  char name[128];
  const int length = snprintf(temporary, sizeof temporary, ".tmp/5_%lld%09ld_%d.json",
                              (long long)now.tv_sec, now.tv_nsec, getpid());
  if (length < 0 || snprintf(name, sizeof name, "pending%s", temporary + 4) < 0) {
    return 1;
  }
  const int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  const size_t size = strlen(argv[2]);
  if (fd < 0 || write(fd, argv[2], size) != (ssize_t)size || close(fd) != 0) {
    return 1;
  }
  return rename(temporary, name) != 0;
}
