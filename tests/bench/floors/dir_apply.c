// The least a drain of a directory queue can do: list the entries, read each, rename it twice.
//
//   dir_apply SPOOL
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char buffer[65536];

static int by_name(const void* a, const void* b) {
  return strcmp(*(char* const*)a, *(char* const*)b);
}

int main(int argc, char** argv) {
  if (argc < 2 || chdir(argv[1]) != 0) {
    return 2;
  }
  const int pending = open("pending", O_RDONLY | O_DIRECTORY);
  const int processing = open("processing", O_RDONLY | O_DIRECTORY);
  const int completed = open("completed", O_RDONLY | O_DIRECTORY);
  DIR* const folder = opendir("pending");
  if (pending < 0 || processing < 0 || completed < 0 || folder == NULL) {
    return 1;
  }
  char** names = NULL;
  size_t count = 0;
  size_t room = 0;
  for (struct dirent* entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
    if (entry->d_name[0] == '.') {
      continue;
    }
    if (count == room) {
      room = room == 0 ? 1024 : room * 2;
      names = realloc(names, room * sizeof *names);
    }
    names[count++] = strdup(entry->d_name);
  }
  closedir(folder);
  qsort(names, count, sizeof *names, by_name);
  size_t bytes = 0;
  for (size_t i = 0; i < count; ++i) {
    if (renameat(pending, names[i], processing, names[i]) != 0) {
      return 1;
    }
    const int fd = openat(processing, names[i], O_RDONLY | O_CLOEXEC);
    const ssize_t got = fd < 0 ? -1 : read(fd, buffer, sizeof buffer);
    if (got < 0 || close(fd) != 0 ||
        renameat(processing, names[i], completed, names[i]) != 0) {
      return 1;
    }
    bytes += (size_t)got;
  }
  printf("%zu entries, %zu bytes\n", count, bytes);
  return 0;
}
