#include "core/os/permission.hpp"

#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

namespace menacedb {

bool may_write(const std::string& path) {
  struct ::stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return false;
  }
  const int wanted = S_ISDIR(info.st_mode) ? W_OK | X_OK : W_OK;
  return ::faccessat(AT_FDCWD, path.c_str(), wanted, AT_EACCESS) == 0;
}

} // namespace menacedb
