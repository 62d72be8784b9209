// The least a process can do to queue a line: open, lock, append, exit.
//
//   enqueue_process FILE LINE [durable]
#define _GNU_SOURCE
#include <sys/file.h>
#include <sys/uio.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 3) {
    return 2;
  }
  const int fd = open(argv[1], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0 || flock(fd, LOCK_EX) != 0) {
    return 1;
  }
  const size_t length = strlen(argv[2]);
  struct iovec parts[2] = {{argv[2], length}, {"\n", 1}};
  if (writev(fd, parts, 2) != (ssize_t)length + 1 || flock(fd, LOCK_UN) != 0) {
    return 1;
  }
  return argc > 3 && fdatasync(fd) != 0;
}
