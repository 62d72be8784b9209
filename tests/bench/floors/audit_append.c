// Appends the lines of INPUT to FILE with one bare write each: nothing keeps the file from being
// renamed or deleted, and nothing looks for what other writers left.
//
//   audit_append FILE INPUT
#define _GNU_SOURCE
#include "lines.h"

#include <string.h>

int main(int argc, char** argv) {
  if (argc != 3) {
    return 2;
  }
  struct bytes rest = map_file(argv[2]);
  const int fd = open(argv[1], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (rest.begin == NULL || fd < 0) {
    return 1;
  }
  while (rest.begin < rest.end) {
    const char* newline = memchr(rest.begin, '\n', (size_t)(rest.end - rest.begin));
    const size_t length = (size_t)(newline - rest.begin) + 1;
    if (write(fd, rest.begin, length) != (ssize_t)length) {
      return 1;
    }
    rest.begin += length;
  }
  return 0;
}
