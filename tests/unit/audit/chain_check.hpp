#pragma once

#include "core/base/hash.hpp"

#include <fmt/format.h>

#include <sstream>
#include <string>

namespace menacedb::test {

// The chain as the manual describes it, checked without the code that writes it.
struct ChainCheck {
  std::string previous = std::string(64, '0');
  std::size_t lines = 0;
  bool is_first_file = true;

  // What is wrong with the next file, oldest first; empty: nothing.
  std::string file(const std::string& text) {
    const std::string marker = ", \"hash\": \"";
    std::istringstream stream(text);
    std::size_t number = 0;
    for (std::string line; std::getline(stream, line);) {
      ++number;
      ++lines;
      const std::size_t at = line.rfind(marker);
      if (at == std::string::npos || line.size() != at + marker.size() + 66) {
        return fmt::format("line {} has no hash: {}", number, line);
      }
      const std::string head = line.substr(0, at);
      const std::string prev = ", \"prev\": \"" + previous + "\"";
      const bool has_prev = head.find(", \"prev\": ") != std::string::npos;
      if (has_prev != (number == 1 && !is_first_file) || (has_prev && !head.ends_with(prev))) {
        return fmt::format("line {} has a wrong prev: {}", number, line);
      }
      const std::string hash = sha256_hex(previous + head + "}");
      if (line.substr(at + marker.size()) != hash + "\"}") {
        return fmt::format("line {} does not follow {}", number, previous);
      }
      previous = hash;
    }
    is_first_file = is_first_file && number == 0;
    return text.empty() || text.ends_with('\n') ? "" : "the last line is torn";
  }
};

} // namespace menacedb::test
