#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb::fuzz {

// Makes texts that are JSON or nearly so. The same seed gives the same texts everywhere.
class JsonMutator {
public:
  explicit JsonMutator(std::uint64_t seed);

  [[nodiscard]] std::string next();

private:
  [[nodiscard]] std::size_t below(std::size_t bound);
  [[nodiscard]] std::string seed_text();
  void mutate(std::string& text);

  std::mt19937_64 m_random;
  std::vector<std::string> m_pool; // texts made before, to be changed further
};

} // namespace menacedb::fuzz
