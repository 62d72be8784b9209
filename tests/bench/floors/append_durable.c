// Appends the lines of INPUT to FILE so that they survive a power cut: lock, write as many whole
// lines as fit into CHUNK bytes (at least one), unlock, then fdatasync, so that the syncs of
// several writers overlap.
//
//   append_durable FILE INPUT CHUNK
#define _GNU_SOURCE
#include "lines.h"

#include <sys/file.h>

#include <stdlib.h>
#include <string.h>

static size_t next_chunk(struct bytes rest, size_t limit) {
  const size_t left = (size_t)(rest.end - rest.begin);
  if (left <= limit) {
    return left;
  }
  const char* newline = memrchr(rest.begin, '\n', limit);
  if (newline == NULL) {
    newline = memchr(rest.begin, '\n', left);
  }
  return (size_t)(newline - rest.begin) + 1;
}

int main(int argc, char** argv) {
  if (argc != 4) {
    return 2;
  }
  const size_t limit = strtoul(argv[3], NULL, 10);
  struct bytes rest = map_file(argv[2]);
  const int fd = open(argv[1], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (rest.begin == NULL || fd < 0) {
    return 1;
  }
  while (rest.begin < rest.end) {
    const size_t length = next_chunk(rest, limit);
    if (flock(fd, LOCK_EX) != 0 || write(fd, rest.begin, length) != (ssize_t)length ||
        flock(fd, LOCK_UN) != 0 || fdatasync(fd) != 0) {
      return 1;
    }
    rest.begin += length;
  }
  return 0;
}
