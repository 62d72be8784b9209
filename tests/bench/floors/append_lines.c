// Appends the lines of INPUT to FILE, one write each: as a good producer would, under a lock of its
// own, or with "bare" as the least that can be done: nothing keeps the file from being renamed or
// deleted, and nothing looks for what other writers left.
//
//   append_lines locked|bare FILE INPUT
#define _GNU_SOURCE
#include "lines.h"

#include <sys/file.h>

#include <stdbool.h>
#include <string.h>

int main(int argc, char** argv) {
  if (argc != 4) {
    return 2;
  }
  const bool is_locked = strcmp(argv[1], "locked") == 0;
  struct bytes rest = map_file(argv[3]);
  const int fd = open(argv[2], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (rest.begin == NULL || fd < 0) {
    return 1;
  }
  while (rest.begin < rest.end) {
    const char* newline = memchr(rest.begin, '\n', (size_t)(rest.end - rest.begin));
    const size_t length = (size_t)(newline - rest.begin) + 1;
    if ((is_locked && flock(fd, LOCK_EX) != 0) ||
        write(fd, rest.begin, length) != (ssize_t)length ||
        (is_locked && flock(fd, LOCK_UN) != 0)) {
      return 1;
    }
    rest.begin += length;
  }
  return 0;
}
