// The lines of a file, in memory: what the append floors write.
#pragma once
#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

struct bytes {
  const char* begin;
  const char* end;
};

// {0, 0} when the file cannot be mapped.
static inline struct bytes map_file(const char* path) {
  struct bytes none = {0, 0};
  struct stat status;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &status) != 0) {
    return none;
  }
  const size_t size = (size_t)status.st_size;
  char* at = mmap(0, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
  close(fd);
  if (at == MAP_FAILED) {
    return none;
  }
  struct bytes all = {at, at + size};
  return all;
}
